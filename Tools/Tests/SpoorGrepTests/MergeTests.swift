// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorLogs

/// Several files, searched at once and merged by time.
@Suite struct MergeTests {
  private static func line(_ number: Int) -> String {
    let milliseconds = String(1_699_366_900_000 + number * 10)
    return #"{"ts":\#(milliseconds),"level":"info","n":\#(number)}"#
  }

  /// Writes records `0..<count`, the record `n` into file `n % files`, and calls `body` with the files.
  private func withFiles(_ files: Int, _ count: Int, _ body: ([String]) throws -> Void) async throws {
    try await withScratch { directory in
      let paths = (0..<files).map { directory.appending(path: "f\($0).log") }
      for (file, path) in paths.enumerated() {
        let lines = stride(from: file, to: count, by: files).map { Self.line($0) + "\n" }
        try Data(lines.joined().utf8).write(to: path)
      }
      try body(paths.map(\.path))
    }
  }

  @Test(arguments: [(1, 2), (2, 2), (7, 2), (7, 1), (7, 16), (100, 2)])
  func theResultIsInOrderOfTimeForAnyNumberOfFilesAndCores(files: Int, cores: Int) async throws {
    try await withFiles(files, 3_000) { paths in
      let readers = try paths.map { try LogReader(path: $0, query: try QueryParser.parse(["n>=10"], now: 0)) }
      var merge = LogMerge(readers, cores: cores)
      var numbers: [Int] = []
      while let match = merge.next() { numbers.append(Int(match.record?["n"]?.double ?? -1)) }
      merge.close()
      #expect(numbers == Array(10..<3_000))
      #expect(readers.reduce(0) { $0 + $1.lineCount } == 3_000)
    }
  }

  @Test func aSearchCanEndBeforeItsFilesDo() async throws {
    try await withFiles(3, 30_000) { paths in
      let readers = try paths.map { try LogReader(path: $0, query: .everything) }
      var merge = LogMerge(readers)
      #expect(merge.next()?.record?["n"]?.text == "0")
      merge.close()
      let lines = readers.reduce(0) { $0 + $1.lineCount }
      let limited = try run(spoor, ["grep", "level=info", "-m", "2"] + paths)
      #expect(limited.output == Self.line(0) + "\n" + Self.line(1) + "\n")
      #expect(lines <= 30_000)
    }
  }

  @Test func aDamagedFileBetweenGoodOnesCostsOnlyItself() async throws {
    try await withFiles(3, 9_000) { paths in
      try run(URL(filePath: "/usr/bin/gzip"), ["-k", paths[1]])
      let packed = URL(filePath: paths[1] + ".gz")
      let whole = try Data(contentsOf: packed)
      try whole.prefix(whole.count / 2).write(to: packed)
      let result = try run(spoor, ["grep", "level=info", paths[0], packed.path, paths[2]])
      #expect(result.status == 2 && result.errors.contains("f1.log.gz: gzip: cut short"), "\(result.errors)")
      let numbers = result.output.split(separator: "\n").compactMap { LogRecord($0.utf8)?["n"]?.double }
      #expect(numbers == numbers.sorted())
      #expect(numbers.count { $0.truncatingRemainder(dividingBy: 3) != 1 } == 6_000)
      let damaged = numbers.count { $0.truncatingRemainder(dividingBy: 3) == 1 }
      #expect(damaged > 100 && damaged < 3_000)
    }
  }

  @Test func aDirectoryIsSearchedWithAllItsFiles() async throws {
    try await withFiles(3, 30) { paths in
      let directory = URL(filePath: paths[0]).deletingLastPathComponent()
      let below = directory.appending(path: "b/c")
      try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: paths[2], toPath: below.appending(path: "x.log").path)
      try Data((Self.line(77) + "\n").utf8).write(to: directory.appending(path: ".hidden"))
      // A database, a log that begins with a hole, and a link that leads in a circle.
      try Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 * 7) }).write(to: directory.appending(path: "x.sqlite"))
      try (Data(count: 8192) + Data((Self.line(30) + "\n").utf8)).write(to: directory.appending(path: "hole.log"))
      try FileManager.default.createSymbolicLink(at: below.appending(path: "up"), withDestinationURL: directory)
      let result = try run(spoor, ["grep", "level=info", "-c", directory.path])
      #expect(result.output == "31\n" && result.errors.isEmpty, "\(result)")
      let names = try run(spoor, ["grep", "-l", "n=2", directory.path])
      #expect(names.output.hasSuffix("/b/c/x.log\n"), "\(names)")
      let empty = directory.appending(path: "empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
      let none = try run(spoor, ["grep", "n=2", empty.path])
      #expect(none.status == 2 && none.errors.contains("a directory without files"), "\(none)")
    }
  }
}
