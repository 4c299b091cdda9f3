// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorModel
import Testing

@testable import SpoorCollect

@Suite struct LogFollowerTests {
  private static func line(_ number: Int) -> Data {
    Data(#"{"timestamp":"2023-11-07T14:23:01Z","trace_id":"\#(String(number + 1, radix: 16))","event":"e"}"#.utf8)
      + Data("\n".utf8)
  }

  private static func wait(until condition: () -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(300)
    while !condition() {
      try #require(ContinuousClock.now < limit)
      await Task.yield()
    }
  }

  @Test func whatIsAppendedRotatedAndCutIsTakenOnce() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "spoor-follow-\(UUID().uuidString).log").path
    defer { for suffix in ["", ".1"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    let store = try TraceStore(path: nil, maximumBytes: 1 << 24)
    let follower = LogFollower(path: path, store: store, interval: .milliseconds(5))
    let running = Task { try await follower.run() }
    defer { running.cancel() }

    try Self.line(0).write(to: URL(filePath: path))
    try await Self.wait { store.currentCounts.logsTaken == 1 }
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    // An incomplete line waits for its rest.
    let second = Self.line(1)
    try handle.write(contentsOf: second.prefix(20))
    try handle.write(contentsOf: second.dropFirst(20) + Data("no record\n".utf8))
    try await Self.wait { store.currentCounts.logsTaken == 2 }

    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
    try handle.write(contentsOf: Self.line(2))
    try (Self.line(3) + Self.line(4)).write(to: URL(filePath: path))
    try await Self.wait { store.currentCounts.logsTaken == 5 }

    // Truncated and rewritten: the file is shorter than what was read, whether or not the follower saw it empty.
    let next = try #require(FileHandle(forWritingAtPath: path))
    try next.truncate(atOffset: 0)
    try next.write(contentsOf: Self.line(5))
    try await Self.wait { store.currentCounts.logsTaken == 6 }
    #expect(store.currentCounts.traces == 6)
  }
}
