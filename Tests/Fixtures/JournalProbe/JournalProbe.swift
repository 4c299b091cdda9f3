// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import Tracing

/// A process for the tests to kill. It records spans and lines at full rate, or with a pause in milliseconds, and lists
/// its work in a separate file. Each entry is written before the step that it announces (`S`) or after the step that it
/// reports (`E`, `L`).
///
///     JournalProbe LIST RUN [PAUSE]   records until it is killed, or until SIGTERM
///     JournalProbe LIST RUN PAUSE failing     the same, and every second span throws, at one of 40 places
///     JournalProbe LIST -             records nothing: ships the spans of earlier runs and shuts down
@main
struct JournalProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else {
      FileHandle.standardError.write(Data("usage: JournalProbe LIST RUN [PAUSE]\n".utf8))
      exit(2)
    }
    var configuration = SpoorConfiguration()
    configuration.logging.format = .json
    configuration.export.batchAge = .milliseconds(5)
    // More than one run can fill. Another test covers a full journal.
    if ProcessInfo.processInfo.environment["SPOOR_JOURNAL_BYTES"] == nil { configuration.journal.bytes = 32 << 20 }
    let spoor = try SpoorSystem.bootstrap(service: "probe", configuration: configuration, install: [.tracing])
    let list = unsafe open(arguments[1], O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if arguments[2] == "-" {
      // A shutdown tries a collector that refuses only once, because everything is safe in the files.
      for _ in 0..<1200 where Self.journalFiles > 1 {
        spoor.flush()
        try await Task.sleep(for: .milliseconds(50))
      }
      let report = await spoor.shutdown(timeout: .seconds(20))
      exit(report.undeliveredSpans == 0 ? 0 : 1)
    }
    let log = spoor.logger(label: "probe")
    func note(_ kind: String, _ name: String) {
      // The previous process may have been killed during a write, so an entry begins on a new line and is complete only
      // with its full stop.
      let line = "\n\(kind) \(name) .\n"
      unsafe line.withCString { _ = unsafe write(list, $0, strlen($0)) }
    }
    if arguments[2] == "refused" {
      for status in 400..<600 {
        for number in 0..<21 { withSpan("good-\(status)-\(number)") { _ in } }
        withSpan("bad-\(status)") { _ in }
      }
      try await Task.sleep(for: .seconds(3600))
    }
    _ = signal(SIGTERM) { _ in unsafe JournalProbe.isStopping = 1 }
    let pause = arguments.count > 3 ? UInt32(arguments[3]) ?? 0 : 0
    let fails = arguments.last == "failing"
    var number = 0
    while unsafe Self.isStopping == 0 {
      if pause > 0 { usleep(pause * 1000) }
      number += 1
      let outer = "\(arguments[2])-\(number)-outer"
      let inner = "\(arguments[2])-\(number)-inner"
      note("S", outer)
      withSpan(outer) { span in
        span.attributes["number"] = number
        note("S", inner)
        try? withSpan(inner) { span in
          for step in 0..<3 { span.attributes["step"] = step }
          if fails { try FailingPlaces.fail(number) }
        }
        note("E", inner)
        log.info("line", metadata: ["name": "\(inner)"])
        note("L", inner)
      }
      note("E", outer)
    }
    let report = await spoor.shutdown(timeout: .seconds(20))
    exit(report.undeliveredSpans == 0 && report.spans.isBalanced ? 0 : 1)
  }

  /// Set by SIGTERM.
  nonisolated(unsafe) private static var isStopping: sig_atomic_t = 0

  /// Files in the journal's directory: this process's own, and those of dead processes that are not shipped yet.
  private static var journalFiles: Int {
    let directory = ProcessInfo.processInfo.environment["SPOOR_JOURNAL_DIR"] ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.count { $0.hasSuffix(".spoor") }
  }
}

/// Failures of many kinds: each number has a stack of its own.
enum FailingPlaces {
  struct Failed: Error { let number: Int }

  static func fail(_ number: Int) throws { try descend(number % 40, number) }

  @inline(never) private static func descend(_ depth: Int, _ number: Int) throws {
    guard depth > 0 else { throw Failed(number: number) }
    if depth % 2 == 0 { try evenly(depth - 1, number) } else { try oddly(depth - 1, number) }
    _ = depth.description  // No tail call.
  }

  @inline(never) private static func evenly(_ depth: Int, _ number: Int) throws {
    try descend(depth, number)
    _ = number.description
  }

  @inline(never) private static func oddly(_ depth: Int, _ number: Int) throws {
    try descend(depth, number)
    _ = depth.description
  }
}
