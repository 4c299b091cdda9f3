// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorJournal

/// A ring, and the lines that its reader got.
@safe
private final class RingBench {
  let ring: LogRing
  private let memory: UnsafeMutableRawBufferPointer
  private(set) var read: [String] = []

  init(bytes: Int = 1 << 20) throws {
    unsafe memory = .allocate(byteCount: bytes, alignment: 16)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
    ring = try unsafe LogRing(memory: memory)
  }

  deinit { unsafe memory.deallocate() }

  func write(_ line: String) -> Bool {
    unsafe Array("\(line)\n".utf8).withUnsafeBytes {
      unsafe ring.append($0, isUrgent: false, patience: 0) == .committed
    }
  }

  func readAll() {
    var positions: [UInt64] = []
    unsafe ring.forEachCommitted { line, position, _ in
      unsafe read.append(String(decoding: line.dropLast(), as: UTF8.self))
      positions.append(position)
      return true
    }
    for position in positions { ring.markWritten(position) }
    ring.advance()
  }

  /// The lines that another process would recover from this memory.
  var recovered: [String]? {
    unsafe LogRingRecovery.lines(in: UnsafeRawBufferPointer(memory))?.map {
      String(decoding: $0.dropLast(), as: UTF8.self)
    }
  }

  /// The offset of the last byte that was ever written.
  var reach: Int { unsafe memory.lastIndex { $0 != 0 } ?? 0 }
}

@Suite struct LogRingTests {
  @Test func aRingThatIsReadInTimeUsesItsBeginningOnly() throws {
    let bench = try RingBench()
    let lines = (0..<20_000).map { "\($0) " + String(repeating: "x", count: $0 % 300) }
    for (number, line) in lines.enumerated() {
      #expect(bench.write(line))
      if number % 100 == 99 { bench.readAll() }
    }
    bench.readAll()
    #expect(bench.read == lines)
    #expect(bench.ring.isEmpty && bench.ring.droppedCount == 0)
    // 256 KiB, the lines in flight, and the mark that the rest is unused.
    #expect(bench.reach < 400 << 10)
    #expect(bench.recovered == [])
  }

  @Test func whatIsLeftBehindANewBeginningIsRecovered() throws {
    let bench = try RingBench()
    var number = 0
    // At every distance from the end there is room for the header of the record that marks the rest as unused.
    for _ in 0..<200 {
      while bench.ring.usedBytes < 300 << 10 {
        #expect(bench.write("\(number)" + String(repeating: "y", count: 16 * (number % 97))))
        number += 1
      }
      bench.readAll()
      #expect(bench.write("last of \(number)"))
      #expect(bench.recovered == ["last of \(number)"])
      bench.readAll()
    }
    #expect(bench.read.count == number + 200)
  }

  @Test func whatIsNotReadStaysWhereItIs() throws {
    let bench = try RingBench()
    for number in 0..<3000 { #expect(bench.write("\(number) " + String(repeating: "z", count: 100))) }
    var first: UInt64?
    unsafe bench.ring.forEachCommitted { _, position, _ in
      first = position
      return false
    }
    bench.ring.markWritten(try #require(first))
    bench.ring.advance()
    #expect(bench.recovered?.count == 2999)
    bench.readAll()
    #expect(bench.read.count == 2999 && bench.recovered == [])
  }
}
