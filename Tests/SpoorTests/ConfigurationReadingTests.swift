// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

@testable import Spoor

/// One reader for all variables: the same spellings mean the same everywhere.
@Suite struct ConfigurationReadingTests {
  struct Spelling: Sendable, CustomTestStringConvertible {
    let row: SettingRow
    let text: String
    var testDescription: String { "\(row.variable ?? "")=\(text)" }
  }

  private static let rows = Settings.all.filter { $0.variable != nil }

  /// The words of a row: `auto`, `always`.
  private static func words(_ row: SettingRow) -> [String] {
    guard row.expected.hasPrefix("one of "), row.limits.hasPrefix("`") else { return [] }
    return row.limits.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }

  private func resolve(_ environment: [String: String]) throws -> ResolvedConfiguration {
    try ResolvedConfiguration(SpoorConfiguration(), environment: environment.merging(["SPOOR_STRICT": "1"]) { $1 })
  }

  static let cases: [Spelling] = rows.flatMap { row in
    words(row).flatMap { [$0.uppercased(), $0.capitalized, "  \($0)\t"] }.map { Spelling(row: row, text: $0) }
  }

  @Test(arguments: cases) func aWordIsReadInAnyCaseAndWithWhiteSpaceAroundIt(spelling: Spelling) throws {
    guard spelling.row.variable != "SPOOR_STRICT" else { return }
    #expect(throws: Never.self) { try resolve([spelling.row.variable ?? "": spelling.text]) }
  }

  /// Where a list may be empty, every word for nothing makes it empty.
  static let lists: [Spelling] = rows.filter { $0.nonsense.contains(",") && !$0.nonsense.contains("none") }
    .flatMap { row in ["none", "NONE", "Off", " off "].map { Spelling(row: row, text: $0) } }

  @Test(arguments: lists) func everyWordForNothingEmptiesAList(spelling: Spelling) throws {
    #expect(throws: Never.self) { try resolve([spelling.row.variable ?? "": spelling.text]) }
  }

  @Test(arguments: [
    ("SPOOR_LOG_DESTINATIONS", " stdout ,, stderr, "), ("OTEL_PROPAGATORS", "B3 , , TraceContext,"),
    ("SPOOR_LOG_LEVELS", " a = Debug ,, b=ERROR ,"), ("SPOOR_SAMPLING_RULES", "operation: a = 0.5 ,, path:/x=1,"),
    ("SPOOR_KEEP_SLOWER_THAN_BY_OPERATION", " a = 5 ,"), ("SPOOR_TRUSTED_PEERS", " 10.0.0.0/8 ,, ::1,"),
    ("SPOOR_RESOURCE_DETECTORS", "Host, , PROCESS,"), ("SPOOR_BAGGAGE_KEYS", ",a, ,b"),
    ("OTEL_RESOURCE_ATTRIBUTES", ", a = 1 ,,b=2"), ("SPOOR_HEADERS", "x-a = 1 , ,"),
    ("SPOOR_ENDPOINTS", "http://localhost:1/ ,, http://localhost:2/ ,"),
  ])
  func elementsAreTrimmedAndEmptyOnesSkipped(name: String, text: String) throws {
    #expect(throws: Never.self) { try resolve([name: text]) }
  }

  // MARK: Unknown names

  @Test(
    arguments: [
      ("SPOOR_JORNAL_DIR", "SPOOR_JOURNAL_DIR"), ("SPOOR_ENDPOINT", "SPOOR_ENDPOINTS"),
      ("spoor_log_format", "SPOOR_LOG_FORMAT"), ("SPOOR_TRACE_PER_SECOND", "SPOOR_TRACES_PER_SECOND"),
      ("SPOOR_REDACT_KEY", "SPOOR_REDACT_KEYS"), ("SPOOR_COMPLETELY_DIFFERENT_THING", nil),
    ] as [(String, String?)])
  func anUnknownNameIsLoggedWithTheNearestOne(name: String, nearest: String?) throws {
    let resolved = try ResolvedConfiguration(SpoorConfiguration(), environment: [name: "x"])
    let complaint = try #require(resolved.complaints.first)
    #expect(resolved.complaints.count == 1 && complaint.setting == name && complaint.value == "an unknown name")
    if let nearest { #expect(complaint.expected.hasSuffix("the nearest is \(nearest)"), "\(complaint)") }
    let error = try #require(throws: ConfigurationError.self) { try resolve([name: "x"]) }
    #expect(error == complaint)
  }

  // MARK: The directory's limit

  @Test(arguments: ["SPOOR_JOURNAL_MAX_BYTES", "code"])
  func aLimitOfTheDirectoryBelowOneJournalIsAnError(way: String) throws {
    var configuration = SpoorConfiguration()
    var environment = ["SPOOR_JOURNAL_BYTES": "8388608"]
    if way == "code" { configuration.journal.maximumBytes = 2 << 20 } else { environment[way] = "2097152" }
    let error = try #require(throws: ConfigurationError.self) {
      try ResolvedConfiguration(configuration, environment: environment)
    }
    #expect(error.setting == (way == "code" ? "journal.maximumBytes" : way) && error.value == "2097152")
    #expect(error.expected == "at least the journal's size of 8388608 bytes (SPOOR_JOURNAL_BYTES)")
  }

  // MARK: Proxies

  /// An explicit setting wins over `no_proxy`, which other programs need.
  @Test(arguments: [
    (["SPOOR_PROXY": "PROXY", "no_proxy": "*"], true),
    (["SPOOR_PROXY": "PROXY", "NO_PROXY": "collector.invalid"], true),
    (["http_proxy": "PROXY"], true), (["http_proxy": "PROXY", "no_proxy": "collector.invalid"], false),
    (["http_proxy": "PROXY", "SPOOR_PROXY": "off"], false),
  ])
  func spoorsOwnProxyWinsOverTheEnvironments(variables: [String: String], isProxied: Bool) throws {
    let bench = try EndingBench()
    let proxy = "http://127.0.0.1:\(bench.server.port)"
    let environment = variables.mapValues { $0 == "PROXY" ? proxy : $0 }.merging([
      "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://collector.invalid/api/v2/spans"
    ]) { $1 }
    try bench.run("spans", count: 3, environment: environment)
    #expect(bench.report["sent"] as? Int == (isProxied ? 3 : 0))
    let heads = bench.server.requests.map(\.head)
    #expect(heads.contains { $0.hasPrefix("POST http://collector.invalid/api/v2/spans ") } == isProxied)
  }
}
