// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

/// A blocked output of every kind of descriptor.
final class StuckOutput {
  enum Kind: String, CaseIterable, Sendable {
    case pipe, fifo, socket, datagrams, terminal
    case nonBlockingPipe = "pipe with O_NONBLOCK"
    case fullDevice = "/dev/full"
  }

  /// The end that the process writes to.
  let writing: FileHandle
  private var reading: FileHandle?

  init(_ kind: Kind) throws {
    var ends: [Int32] = [-1, -1]
    switch kind {
    case .pipe, .nonBlockingPipe:
      unsafe pipe(&ends)
      if kind == .nonBlockingPipe { _ = fcntl(ends[1], F_SETFL, O_NONBLOCK) }
    case .fifo:
      let path = FileManager.default.temporaryDirectory.appending(path: "spoor-fifo-\(UUID().uuidString)").path
      unsafe mkfifo(path, 0o600)
      ends[0] = unsafe open(path, O_RDONLY | O_NONBLOCK)
      ends[1] = unsafe open(path, O_WRONLY)
      unsafe unlink(path)
    case .socket: unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    case .datagrams: unsafe socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends)
    case .terminal:
      var (master, slave): (Int32, Int32) = (-1, -1)
      unsafe openpty(&master, &slave, nil, nil, nil)
      ends = [master, slave]
    case .fullDevice: ends[1] = unsafe open("/dev/full", O_WRONLY)
    }
    try #require(ends[1] >= 0)
    for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    reading = ends[0] >= 0 ? FileHandle(fileDescriptor: ends[0], closeOnDealloc: true) : nil
  }

  /// Closes the reading end.
  func closeReader() throws {
    try reading?.close()
    reading = nil
  }

  var flags: Int32 { fcntl(writing.fileDescriptor, F_GETFL) }
}

@Suite struct StuckOutputTests {
  /// Lines of 8 000 bytes each, more than any of these outputs can buffer.
  private let count = 100

  private func number(_ key: String, in report: [String: Any]) throws -> Int { try #require(report[key] as? Int) }

  @Test(arguments: StuckOutput.Kind.allCases)
  func aShutdownReturnsInTimeAndTheNextStartWritesEveryLine(kind: StuckOutput.Kind) throws {
    let bench = try EndingBench()
    let output = try StuckOutput(kind)
    let flags = output.flags
    let process = try bench.run(
      "fill", count: count, environment: ["SPOOR_JOURNAL_BYTES": "16777216", "SPOOR_LOG_FORMAT": "json"],
      output: output.writing)
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(bench.report["wroteAllLines"] as? Bool == false)
    #expect(try number("milliseconds", in: bench.report) < 10_000, "2 s, with a margin for a busy machine")
    #expect(output.flags == flags, "the descriptor is shared, so its flags must not change")
    #expect(bench.files().names.count == 1, "a clean exit keeps as much as a kill")
    try bench.run("ship")
    let written = Set(try bench.numbers())
    // Lines that the output had accepted were not read by anybody, and are not written again.
    #expect(written.isSuperset(of: (count / 2)..<count), "\(written.count) of \(count)")
    #expect(bench.files().names.isEmpty)
  }

  @Test(arguments: StuckOutput.Kind.allCases)
  func aHealthyFileBesideItGetsEveryLine(kind: StuckOutput.Kind) throws {
    let bench = try EndingBench()
    let file = bench.output.path + "-file"
    try bench.run(
      "fill", count: count,
      environment: ["SPOOR_JOURNAL_BYTES": "16777216", "SPOOR_LOG_DESTINATIONS": "stdout,\(file)"],
      output: StuckOutput(kind).writing)
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count { $0.contains("\"event\":\"line\"") } == count)
    #expect(bench.report["wroteAllLines"] as? Bool == false)
  }

  /// In memory mode errors are written before the call returns, which waits at most for the configured patience.
  @Test(arguments: StuckOutput.Kind.allCases)
  func inMemoryNoCallWaitsLongerThanThePatience(kind: StuckOutput.Kind) throws {
    let bench = try EndingBench()
    let process = try bench.run(
      "errors", count: 300,
      environment: ["SPOOR_JOURNAL_DIR": "off", "PROBE_PATIENCE": "50", "SPOOR_JOURNAL_BYTES": "16777216"],
      output: StuckOutput(kind).writing)
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(try number("slowest_ms", in: bench.report) < 5_000, "50 ms, with a margin for a busy machine")
  }

  @Test(arguments: StuckOutput.Kind.allCases.filter { $0 != .fullDevice && $0 != .terminal })
  func aReaderThatHasGoneKillsNobody(kind: StuckOutput.Kind) throws {
    let bench = try EndingBench()
    let output = try StuckOutput(kind)
    try output.closeReader()
    let process = try bench.run(
      "fill", count: 20, environment: ["SPOOR_JOURNAL_BYTES": "16777216"], output: output.writing)
    #expect(process.terminationReason == .exit && process.terminationStatus == 0, "SIGPIPE does not end the process")
    try bench.run("ship")
    #expect(Set(try bench.numbers()) == Set(0..<20))
  }

  /// A file that would exceed `ulimit -f` raises SIGXFSZ, which ends a process by default.
  @Test(
    .enabled(
      if: Sanitizer.isOff,
      "a sanitizer does not start under the limit"))
  func aFileThatMayNotGrowKillsNobody() throws {
    let bench = try EndingBench()
    let process = try bench.run(
      "fill", count: 100, environment: ["SPOOR_JOURNAL_DIR": "off", "SPOOR_JOURNAL_BYTES": "16777216"],
      shell: #"ulimit -f 64; exec "$@""#)
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(bench.report["wroteAllLines"] as? Bool == false)
  }

  @Test(
    .enabled(
      if: Sanitizer.isOff,
      "a sanitizer does not start under the limit"))
  func aJournalThatMayNotBeMadeMeansMemory() throws {
    let bench = try EndingBench()
    let process = try bench.run("spans", count: 10, shell: #"ulimit -f 64; exec "$@""#)
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    let record = try #require(try bench.records("journal_in_memory").first)
    #expect((record["reason"] as? String)?.contains("File too large") == true)
    #expect(bench.spans.count == 10, "the spans are still sent")
  }

  @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
  func descriptorsThatWereClosedAreNotTaken(closed: String) throws {
    let bench = try EndingBench()
    let process = try bench.run("descriptors", count: 50, shell: #"exec "$@" "# + closed)
    #expect(process.terminationReason == .uncaughtSignal)
    let files = bench.report.compactMapValues { $0 as? String }
    #expect(files.contains { $0.value.hasSuffix(".spoor") && (Int($0.key) ?? 0) > 2 }, "\(files)")
    for number in ["0", "1", "2"] {
      let file = files[number] ?? ""
      #expect(!file.contains(".spoor") && !file.hasPrefix("socket:") && !file.hasPrefix(bench.journal), "\(files)")
    }
    try bench.run("ship")
    #expect(Set(bench.spans.compactMap { $0["name"] as? String }).count == 50, "the journal is intact")
    #expect(Set(try bench.numbers()) == Set(0..<50))
  }
}
