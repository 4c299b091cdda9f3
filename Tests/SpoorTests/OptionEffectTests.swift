// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Every row of the option table does what it says: set in code and in the environment, and seen from outside.
///
/// One after the other, because some set what the whole process has only once, such as signals.
@Suite(.serialized) struct OptionEffectTests {
  static let effects: [OptionEffect] =
    IdentityEffects.all + ExportEffects.all + PropagationEffects.all + SamplingEffects.all + SpanEffects.all
    + FailureEffects.all + JournalEffects.all + RecordEffects.all + DestinationEffects.all + OTLPEffects.all

  struct Case: Sendable, CustomTestStringConvertible {
    let effect: OptionEffect
    let way: Way
    var testDescription: String { "\(effect.option) from \(way)" }
  }

  static let cases = effects.flatMap { effect in effect.ways.map { Case(effect: effect, way: $0) } }

  @Test func everyRowOfTheTableIsTried() {
    let tried = Self.effects.map(\.option)
    #expect(Set(tried) == Set(Settings.all.map(\.key)), "a new option needs a row in OptionEffects")
    #expect(Set(tried).count == tried.count)
  }

  @Test(arguments: cases) func anOptionDoesWhatItsRowSays(which: Case) async throws {
    try await which.effect.check(which.way)
  }

  // MARK: Limits

  struct Limit: Sendable, CustomTestStringConvertible {
    let row: SettingRow
    let way: Way
    let value: Int
    let isValid: Bool
    var testDescription: String { "\(row.key) = \(value) from \(way)" }
  }

  /// Each whole number and duration: its limits, and one beyond each.
  static let limits: [Limit] = Settings.all.flatMap { row -> [Limit] in
    let ends = row.limits.components(separatedBy: " to ").compactMap { Int($0) }
    guard ends.count == 2, row.unit != "share", row.unit != "traces/s" else { return [] }
    // It holds for the whole process, other tests included: its effect is tried in a process of its own.
    guard row.key != "stacks.onePer" else { return [] }
    let ways: [Way] = (row.property == nil ? [] : [.code]) + (row.variable == nil ? [] : [.environment])
    return ways.flatMap { way in
      [(ends[0], true), (ends[1], true), (ends[0] - 1, false), (ends[1] + 1, false)].map {
        Limit(row: row, way: way, value: $0.0, isValid: $0.1)
      }
    }
  }

  /// At its limits a service works. Beyond them it does not start; for a variable that other programs read too, it logs
  /// that and goes on.
  @Test(arguments: limits) func atItsLimitsAServiceWorksAndBeyondItSaysSo(limit: Limit) async throws {
    let bench = try OptionBench(limit.way)
    let variable = limit.row.variable ?? ""
    var others: [String: String] = [:]
    // The directory's limit is at least one journal's size.
    if variable == "SPOOR_JOURNAL_MAX_BYTES" { others["SPOOR_JOURNAL_BYTES"] = "1048576" }
    func set(_ configuration: inout SpoorConfiguration) {
      guard let property = limit.row.property else { return }
      if let path = OptionTableTests.integers[property] {
        configuration[keyPath: path] = limit.value
      } else if let path = OptionTableTests.durations[property] {
        configuration[keyPath: path] = .milliseconds(limit.value)
      } else {
        Issue.record("no key path for \(property)")
      }
    }
    let isShared = limit.way == .environment && !variable.hasPrefix("SPOOR_")
    guard limit.isValid || isShared else {
      let error = try #require(throws: ConfigurationError.self) {
        try bench.system([variable: "\(limit.value)"], others: others, set)
      }
      #expect(error.setting == limit.row.name(isGiven: limit.way == .code))
      return
    }
    // With a time limit of a millisecond not every machine delivers.
    let isHurried = limit.row.unit == "ms" && limit.value < 1000
    let time: Duration = isHurried ? .seconds(2) : .seconds(60)
    let report = try await bench.run([variable: "\(limit.value)"], others: others, timeout: time, set) { system in
      system.tracer.withSpan("span") { span in
        span.attributes["number"] = 1
        span.addEvent("event")
        system.logger(label: "x").error("line")
      }
    }
    #expect(report.spans.started == 1 && report.spans.isBalanced && report.spans.dropped.isEmpty)
    #expect(report.spans.sent == 1 || isHurried, "\(report)")
    #expect(bench.line("line") != nil)
    #expect((bench.line("setting_not_supported")?["setting"] as? String == variable) == !limit.isValid)
  }
}
