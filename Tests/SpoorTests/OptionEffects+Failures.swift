// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Stacks and failures. What the whole process has only once is seen at processes of their own.
enum FailureEffects {
  /// A run of `FailureProbe` with the option set.
  private static func run(
    _ way: Way, _ scenario: String, _ option: String, _ variable: String, _ value: String,
    others: [String: String] = ["SPOOR_STACK_PATIENCE": "20000"]
  ) throws -> EndingBench {
    let bench = try EndingBench(program: "FailureProbe")
    let setting = way == .code ? ["PROBE_OPTION": "\(option)=\(value)"] : [variable: value]
    try bench.run(scenario, environment: others.merging(setting) { $1 })
    return bench
  }

  private static func record(_ bench: EndingBench, _ event: String) throws -> [String: Any] {
    let all = try bench.records()
    return try #require(all.first { $0["event"] as? String == event }, "\(all)")
  }

  static let all: [OptionEffect] = [
    OptionEffect("stacks.capture") { way in
      for (value, inside, outside) in [
        // A typed throw is distinguished from others of its type by its place, so its stack is inferred.
        ("active_span", "exact", "catch_site"), ("always", "exact", "inferred"), ("off", "catch_site", "catch_site"),
      ] {
        let within = try run(way, "logged", "stacks.capture", "SPOOR_STACKS", value)
        #expect(try record(within, "payment_failed")["error.stack_source"] as? String == inside, "\(value)")
        let without = try run(way, "spanless", "stacks.capture", "SPOOR_STACKS", value)
        #expect(try record(without, "failed")["error.stack_source"] as? String == outside, "\(value)")
      }
    },
    OptionEffect("stacks.onePer") { way in
      for (rate, captured) in [(1, 8), (4, 2), (1_000_000, 1)] {
        let bench = try run(way, "eight", "stacks.onePer", "SPOOR_STACKS_ONE_PER", "\(rate)")
        let records = try bench.records("failed")
        let stacks = records.count { $0["error.stack_source"] as? String == "inferred" }
        #expect(records.count == 8 && stacks == captured, "\(rate): \(records)")
      }
    },
    OptionEffect("stacks.names") { way in
      for (value, hasFunction, hasLine) in [
        ("off", false, false), ("functions", true, false), ("lines", true, true), ("inlined", true, true),
      ] {
        let bench = try run(way, "logged", "stacks.names", "SPOOR_STACK_NAMES", value)
        let stack = try #require(try record(bench, "payment_failed")["error.stack_trace"] as? String)
        #expect(stack.contains("Payments.charge()") == hasFunction, "\(value): \(stack)")
        #expect(stack.contains("FailureProbe.swift:") == hasLine, "\(value): \(stack)")
      }
    },
    OptionEffect("stacks.patience") { way in
      // Without patience a record is written with what is known by then, which may be the names.
      for patience in [0, 60_000] {
        let bench = try run(
          way, "logged", "stacks.patience", "SPOOR_STACK_PATIENCE", "\(patience)", others: [:])
        let stack = try #require(try record(bench, "payment_failed")["error.stack_trace"] as? String)
        let hasNames = stack.contains("Payments.charge()")
        #expect(hasNames || (patience == 0 && stack.contains("FailureProbe+0x")), "\(patience): \(stack)")
      }
    },
    OptionEffect("failures.recordsCrashes") { way in
      for isRecorded in [true, false] {
        let bench = try run(
          way, "crash index thread", "failures.recordsCrashes", "SPOOR_CRASHES", isRecorded ? "1" : "0")
        try bench.run("ship")
        #expect(try bench.records("process_crashed").count == (isRecorded ? 1 : 0))
        #expect(try bench.records("process_interrupted").count == 1)
      }
    },
    OptionEffect("failures.breadcrumbs") { way in
      for count in [0, 3, 100] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_BREADCRUMBS": "\(count)"]) {
          $0.failures.breadcrumbs = count
        } work: { system in
          let log = system.logger(label: "x")
          system.tracer.withSpan("span") { _ in
            for number in 0..<20 { log.info("step_\(number)") }
            log.error("failed", error: EncodingFailure())
          }
        }
        let crumbs = bench.line("failed")?["error.breadcrumbs"] as? [Any] ?? []
        #expect(crumbs.count == min(count, 20))
      }
    },
    OptionEffect("failures.names") { way in
      for (value, names, key) in [("ecs", .ecs, "error.type"), ("OTel", .otel, "exception.type")]
        as [(String, SpoorConfiguration.Failures.Names, String)]
      {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_ERROR_NAMES": value]) {
          $0.failures.names = names
        } work: { system in
          system.logger(label: "x").error("failed", error: EncodingFailure())
        }
        #expect(bench.line("failed")?[key] as? String == "EncodingFailure")
        #expect(["error.type", "exception.type"].count { bench.line("failed")?[$0] != nil } == 1)
      }
    },
    OptionEffect("failures.exceptions") { way in
      for signal in SpoorConfiguration.Failures.Exceptions.allCases {
        let bench = try OptionBench(way)
        try await bench.run(["OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN": signal.rawValue]) {
          $0.failures.exceptions = signal
        } work: { system in
          try? system.tracer.withSpan("outer") { _ in
            try system.tracer.withSpan("inner") { _ in throw EncodingFailure() }
          }
        }
        let lines = bench.lines("exception")
        #expect(lines.count == (signal == .spanEvents ? 0 : 1), "\(lines)")
        let tags = try bench.tags("inner")
        #expect(tags["error.type"] == "EncodingFailure" && tags["error"] != nil, "\(tags)")
        #expect((tags["error.stack_trace"] != nil) == (signal != .logs), "\(tags)")
        #expect(try bench.hasEvent("exception", "inner") == (signal != .logs))
        guard let line = lines.first else { continue }
        #expect(line["error.type"] as? String == "EncodingFailure" && line["logger"] as? String == "spoor.exceptions")
        #expect(line["span_id"] as? String == (try bench.span("inner"))["id"] as? String)
        #expect((line["error.stack_trace"] as? String)?.isEmpty == false)
        #expect((line["error.id"] as? Int).map(String.init) == tags[signal == .logs ? "error.same_as" : "error.id"])
      }
    },
    OptionEffect("failures.cancellationIsError") { way in
      for isError in [true, false] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_CANCELLATION_IS_ERROR": isError ? "1" : "0"]) {
          $0.failures.cancellationIsError = isError
        } work: { system in
          try? system.tracer.withSpan("span") { _ in throw CancellationError() }
        }
        let tags = try bench.tags("span")
        #expect((tags["error"] != nil) == isError && (tags["cancelled"] != nil) == !isError, "\(tags)")
      }
    },
    OptionEffect("SPOOR_RUNTIME_SHORTCUTS") { way in
      for isAllowed in [true, false] {
        let bench = try run(way, "logged", "", "SPOOR_RUNTIME_SHORTCUTS", isAllowed ? "1" : "0")
        #expect(try bench.records("stacks_without_spans").isEmpty == isAllowed)
        #expect((try record(bench, "payment_failed")["error.span_id"] != nil) == isAllowed)
      }
    },
  ]

  private struct EncodingFailure: Error {}
}

/// The journal.
enum JournalEffects {
  static let all: [OptionEffect] = [
    OptionEffect("journal.location") { way in
      let bench = try OptionBench(way)
      let directory = bench.folder.appending(path: "journal").path
      let system = try bench.system(["SPOOR_JOURNAL_DIR": directory]) { $0.journal.location = .directory(directory) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).contains { $0.hasSuffix(".spoor") })
      #expect(await system.shutdown().keepsUndelivered)
      let without = try OptionBench(way)
      let other = try without.system(["SPOOR_JOURNAL_DIR": "OFF"]) { $0.journal.location = .memory }
      #expect(await !other.shutdown().keepsUndelivered)
    },
    OptionEffect("journal.bytes") { way in
      for bytes in [1 << 20, 3 << 20] {
        let bench = try OptionBench(way)
        let directory = bench.folder.appending(path: "journal").path
        let system = try bench.system(["SPOOR_JOURNAL_BYTES": "\(bytes)"], others: ["SPOOR_JOURNAL_DIR": directory]) {
          $0.journal.bytes = bytes
        }
        let name = try #require(
          try FileManager.default.contentsOfDirectory(atPath: directory).first { $0.hasSuffix(".spoor") })
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
        #expect(attributes[.size] as? Int == bytes)
        _ = await system.shutdown()
      }
      // A larger one holds more spans while the collector is down.
      var held: [Int] = []
      for bytes in [1 << 20, 2 << 20] {
        let bench = try OptionBench(way) { _ in .answer(503) }
        let report = try await bench.run(["SPOOR_JOURNAL_BYTES": "\(bytes)"], timeout: .milliseconds(100)) {
          $0.journal.bytes = bytes
        } work: { system in
          for _ in 0..<10_000 { system.tracer.withSpan("span") { _ in } }
        }
        held.append(report.spans.held)
        #expect(report.spans.dropped[.journalFull] == 10_000 - report.spans.held)
      }
      #expect(held[1] >= 2 * held[0])
    },
    OptionEffect("journal.group") { way in
      let bench = try OptionBench(way)
      let directory = bench.folder.appending(path: "shared")
      try await bench.run(["SPOOR_JOURNAL_GROUP": "\(getgid())"], others: ["SPOOR_JOURNAL_DIR": directory.path]) {
        $0.journal.group = "\(getgid())"
      } work: { _ in
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory.path).first)
        for (path, mode) in [(directory.path, 0o2770), (directory.appending(path: name).path, 0o660)] {
          let attributes = try FileManager.default.attributesOfItem(atPath: path)
          #expect(attributes[.posixPermissions] as? Int == mode)
          #expect(attributes[.groupOwnerAccountID] as? Int == Int(getgid()))
        }
      }
      let error = try #require(throws: ConfigurationError.self) {
        try bench.system(["SPOOR_JOURNAL_GROUP": "no such group"]) { $0.journal.group = "no such group" }
      }
      #expect(error.value == "no such group")
    },
    OptionEffect("journal.maximumBytes") { way in
      for (limit, removed) in [(1 << 20, 2), (1 << 30, 0)] {
        let bench = try OptionBench(way) { _ in .answer(503) }
        let directory = bench.folder.appending(path: "journal").path
        try FileManager.default.createDirectory(
          atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var others = ["SPOOR_JOURNAL_BYTES": "1048576"]
        for number in 0..<3 {
          // Each in a directory of its own, where no other adopts its file.
          let own = bench.folder.appending(path: "\(number)").path
          others["SPOOR_JOURNAL_DIR"] = own
          let system = try bench.system([:], others: others) { _ in }
          system.tracer.withSpan("span \(number)") { _ in }
          _ = await system.shutdown(timeout: .seconds(60))
          system.journal.releaseFileForTesting()
          for name in try FileManager.default.contentsOfDirectory(atPath: own) {
            try FileManager.default.moveItem(atPath: "\(own)/\(name)", toPath: "\(directory)/\(name)")
          }
        }
        others["SPOOR_JOURNAL_DIR"] = directory
        // The next start deletes the oldest files beyond the limit.
        let report = try await bench.run(["SPOOR_JOURNAL_MAX_BYTES": "\(limit)"], others: others) {
          $0.journal.maximumBytes = limit
        } work: { _ in
          try await eventually("the files are looked at") {
            bench.lines("journal_file_removed").count == removed && bench.line("spans_taken_over") != nil
          }
        }
        let lines = bench.lines("journal_file_removed")
        #expect(lines.count == removed && report.spans.dropped[.directoryFull] == (removed > 0 ? removed : nil))
        #expect(lines.allSatisfy { $0["dropped_spans"] as? Int == 1 }, "a removed file's record counts its spans")
      }
    },
  ]
}
