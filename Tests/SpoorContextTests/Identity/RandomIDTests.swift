// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorContext
import Testing

@Suite("Random ids")
struct RandomIDTests {
  @Test("do not repeat on one thread")
  func oneThread() {
    let ids = (0..<100_000).map { _ in SpanID.random() }
    #expect(Set(ids).count == ids.count)
  }

  @Test("do not repeat across threads, each with its own generator")
  func manyThreads() async {
    let collected = Collected()
    let threads = (0..<8).map { _ in
      Thread { collected.add((0..<10_000).map { _ in SpanID.random() }) }
    }
    for thread in threads { thread.start() }
    let ids = await collected.wait(for: threads.count)
    #expect(ids.count == 80_000)
    #expect(Set(ids).count == ids.count)
  }

  @Test("set each of their 64 bits about half of the time")
  func bits() {
    let count = 20_000
    var set = [Int](repeating: 0, count: 64)
    for _ in 0..<count {
      let id = SpanID.random().rawValue
      for bit in 0..<64 where id & (1 << bit) != 0 { set[bit] += 1 }
    }
    // Six standard deviations (71 each): one run in about ten million fails by chance.
    for (bit, times) in set.enumerated() {
      #expect(abs(times - count / 2) < 430, "bit \(bit) was set \(times) times of \(count)")
    }
  }

  @Test("have different halves in a trace id")
  func halves() {
    for _ in 0..<1_000 {
      let id = TraceID.random()
      #expect(id.high != id.low)
    }
  }
}

/// Results of threads, until all have arrived.
private final class Collected: Sendable {
  private let stream: AsyncStream<[SpanID]>
  private let continuation: AsyncStream<[SpanID]>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream()
  }

  func add(_ ids: [SpanID]) {
    continuation.yield(ids)
  }

  func wait(for count: Int) async -> [SpanID] {
    var all: [SpanID] = []
    var left = count
    for await ids in stream {
      all += ids
      left -= 1
      if left == 0 { break }
    }
    return all
  }
}
