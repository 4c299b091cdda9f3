// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorContext
import Testing

@Suite("After a fork")
struct ForkTests {
  private static let count = 64

  @Test("child, second child and parent do not repeat each other's ids")
  func differentIDs() throws {
    // The generator of this thread is seeded first, so that a child inherits its state.
    var ids = (0..<Self.count).map { _ in SpanID.random().rawValue }
    for _ in 0..<2 { ids += try Self.idsOfForkedChild() }
    ids += (0..<Self.count).map { _ in SpanID.random().rawValue }
    #expect(ids.count == 4 * Self.count)
    #expect(!ids.contains(0))
    #expect(Set(ids).count == ids.count)
  }

  @Test("a child of a child does not repeat its parent's ids")
  func grandchild() throws {
    let ids = try Self.inForkedChild(bytes: 2 * Self.count * 8) { descriptor in
      // Seeds the child's generator, so that the grandchild inherits its state.
      _ = SpanID.random()
      _ = fork()
      Self.writeIDs(to: descriptor)
    }
    #expect(Set(ids).count == 2 * Self.count)
  }

  private static func idsOfForkedChild() throws -> [UInt64] {
    try inForkedChild(bytes: count * 8, writeIDs)
  }

  /// Only async-signal-safe work in the child of a process with threads: no allocation, no lock.
  private static func writeIDs(to descriptor: Int32) {
    for _ in 0..<count {
      var id = SpanID.random().rawValue
      unsafe write(descriptor, &id, 8)
    }
  }

  private static func inForkedChild(bytes: Int, _ body: (Int32) -> Void) throws -> [UInt64] {
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let child = fork()
    if child == 0 {
      body(writing)
      _exit(0)
    }
    close(writing)
    defer { close(reading) }
    try #require(child > 0)
    let data = try FileHandle(fileDescriptor: reading, closeOnDealloc: false).readToEnd() ?? Data()
    var status: Int32 = 0
    #expect(unsafe waitpid(child, &status, 0) == child)
    #expect(status == 0)
    #expect(data.count == bytes)
    return stride(from: 0, to: data.count - data.count % 8, by: 8).map { start in
      data[start..<start + 8].enumerated().reduce(0) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
    }
  }
}
