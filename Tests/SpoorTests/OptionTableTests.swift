// SPDX-License-Identifier: Apache-2.0

import Foundation
import Spoor
import SpoorBase
import SpoorJournal
import Testing

@testable import Spoor

/// The table of all options, and its completeness.
@Suite struct OptionTableTests {
  /// The stored properties of a configuration, with the names of the subjects that they belong to.
  private func properties(of value: Any = SpoorConfiguration()) -> Set<String> {
    var names: Set<String> = []
    for child in Mirror(reflecting: value).children {
      guard let label = child.label else { continue }
      let isSubject = Mirror(reflecting: child.value).displayStyle == .struct
      names.formUnion(isSubject ? properties(of: child.value).map { "\(label).\($0)" } : [label])
    }
    return names
  }

  @Test func everyPropertyOfTheConfigurationIsInTheTable() {
    #expect(Set(Settings.all.compactMap(\.property)) == properties())
  }

  @Test func everyVariableThatIsReadIsInTheTableAndTheOtherWayRound() throws {
    let resolved = try ResolvedConfiguration(SpoorConfiguration(), environment: [:])
    let unsupported = Set(Settings.unsupported.map(\.variable))
    #expect(resolved.readVariables.subtracting(unsupported) == Set(Settings.all.compactMap(\.variable)))
    #expect(resolved.readVariables.isSuperset(of: unsupported))
  }

  @Test func noOptionIsInTheTableTwice() {
    let properties = Settings.all.compactMap(\.property)
    let variables = Settings.all.compactMap(\.variable)
    #expect(Set(properties).count == properties.count && Set(variables).count == variables.count)
  }

  /// `scripts/options.sh` rewrites it.
  @Test func theTableInTheDocumentationIsWhatTheCodeSays() throws {
    if ProcessInfo.processInfo.environment["SPOOR_WRITE_DOCS"] == "1" {
      try OptionTable.markdown.write(toFile: OptionTable.path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOfFile: OptionTable.path, encoding: .utf8) == OptionTable.markdown)
  }

  // MARK: Bad values

  struct Nonsense: Sendable, CustomTestStringConvertible {
    let setting: SettingRow
    let value: String
    var testDescription: String { "\(setting.variable ?? "")=\(value)" }
  }

  static let nonsense = Settings.all.filter { $0.variable != nil }.flatMap { setting in
    setting.nonsense.map { Nonsense(setting: setting, value: $0) }
  }

  /// All settings except those for which every text is valid.
  @Test func everyOptionHasBadValues() {
    let without = Settings.all.filter { $0.variable != nil && $0.nonsense.isEmpty }.compactMap(\.variable)
    #expect(
      without == ["SPOOR_CLIENT_KEY_PASSWORD", "GOOGLE_CLOUD_PROJECT"])
  }

  @Test(arguments: nonsense)
  func aVariableThatMakesNoSenseIsAnErrorOrAComplaint(nonsense: Nonsense) throws {
    let name = try #require(nonsense.setting.variable)
    var environment = [name: nonsense.value]
    if name == "OTEL_TRACES_SAMPLER_ARG" { environment["OTEL_TRACES_SAMPLER"] = "traceidratio" }
    let error: ConfigurationError
    do throws(any Error) {
      let resolved = try ResolvedConfiguration(SpoorConfiguration(), environment: environment)
      error = try #require(resolved.complaints.first)
      #expect(name.hasPrefix("OTEL_") || name == "LOG_LEVEL")
      // With strict settings it is an error.
      environment["SPOOR_STRICT"] = "1"
      #expect(throws: error) { try ResolvedConfiguration(SpoorConfiguration(), environment: environment) }
    } catch let thrown as ConfigurationError {
      error = thrown
    }
    #expect(error.setting == name)
    #expect(
      !error.expected.isEmpty
        && error.value == nonsense.setting.shown(nonsense.value.trimmingCharacters(in: .whitespaces)))
  }

  static let integers: [String: any WritableKeyPath<SpoorConfiguration, Int?> & Sendable] = [
    "export.batchBytes": \.export.batchBytes, "failures.breadcrumbs": \.failures.breadcrumbs,
    "journal.bytes": \.journal.bytes, "journal.maximumBytes": \.journal.maximumBytes,
    "logging.held.lines": \.logging.held.lines, "logging.repeats.first": \.logging.repeats.first,
    "logging.repeats.thereafter": \.logging.repeats.thereafter, "logging.rotation.bytes": \.logging.rotation.bytes,
    "logging.rotation.keptFiles": \.logging.rotation.keptFiles, "logging.recordBytes": \.logging.recordBytes,
    "stacks.onePer": \.stacks.onePer,
    "spans.limits.attributes": \.spans.limits.attributes, "spans.limits.events": \.spans.limits.events,
    "spans.limits.links": \.spans.limits.links,
    "spans.limits.attributesPerEvent": \.spans.limits.attributesPerEvent,
    "spans.limits.valueBytes": \.spans.limits.valueBytes, "spans.limits.totalBytes": \.spans.limits.totalBytes,
  ]

  static let durations: [String: any WritableKeyPath<SpoorConfiguration, Duration?> & Sendable] = [
    "export.requestTimeout": \.export.requestTimeout, "export.connectTimeout": \.export.connectTimeout,
    "export.batchAge": \.export.batchAge, "logging.patience": \.logging.patience,
    "logging.repeats.interval": \.logging.repeats.interval, "sampling.keep.slowerThan": \.sampling.keep.slowerThan,
    "shutdownTimeout": \.shutdownTimeout, "exitTimeout": \.exitTimeout,
    "idleInterval": \.idleInterval, "stacks.patience": \.stacks.patience,
    "export.otlp.both.requestTimeout": \.export.otlp.both.requestTimeout,
    "export.otlp.traces.requestTimeout": \.export.otlp.traces.requestTimeout,
    "export.otlp.logs.requestTimeout": \.export.otlp.logs.requestTimeout,
  ]

  /// The limits of a row, where its values are whole numbers.
  private func range(_ row: SettingRow) -> ClosedRange<Int>? {
    let ends = row.limits.components(separatedBy: " to ").compactMap { Int($0) }
    return ends.count == 2 && row.unit != "share" && row.unit != "traces/s" ? ends[0]...ends[1] : nil
  }

  @Test func aNumberInCodeBeyondItsLimitsIsAnError() throws {
    var tried: Set<String> = []
    for row in Settings.all {
      guard let property = row.property, let range = range(row) else { continue }
      tried.insert(property)
      var cases: [(SpoorConfiguration, String)] = []
      if row.unit == "ms" {
        let keyPath = try #require(Self.durations[property], "\(property)")
        for value in [Duration.milliseconds(range.lowerBound) - .nanoseconds(1), .milliseconds(range.upperBound + 1)] {
          var configuration = SpoorConfiguration()
          configuration[keyPath: keyPath] = value
          cases.append((configuration, "\(value)"))
        }
      } else {
        let keyPath = try #require(Self.integers[property], "\(property)")
        for value in [range.lowerBound - 1, range.upperBound + 1] {
          var configuration = SpoorConfiguration()
          configuration[keyPath: keyPath] = value
          cases.append((configuration, "\(value)"))
        }
      }
      for (configuration, value) in cases {
        let expected = ConfigurationError(setting: property, value: value, expected: row.expected)
        #expect(throws: expected) { try ResolvedConfiguration(configuration, environment: [:]) }
      }
    }
    #expect(tried == Set(Self.integers.keys).union(Self.durations.keys))
  }

  @Test func theLimitsThemselvesAreValid() throws {
    for row in Settings.all {
      guard let name = row.variable, let range = range(row) else { continue }
      for value in [range.lowerBound, range.upperBound] {
        var environment = [name: "\(value)"]
        // A journal must fit into the directory from which it is read again.
        if name == "SPOOR_JOURNAL_MAX_BYTES" { environment["SPOOR_JOURNAL_BYTES"] = "1048576" }
        #expect(try ResolvedConfiguration(SpoorConfiguration(), environment: environment).complaints.isEmpty)
      }
    }
  }

  @Test func variablesCanComeFromElsewhere() throws {
    var configuration = SpoorConfiguration()
    configuration.environment = ["OTEL_SERVICE_NAME": "given"]
    let resolved = try ResolvedConfiguration(configuration, environment: ["OTEL_SERVICE_NAME": "process's"])
    #expect(resolved.resource.service == "given")
  }

  // MARK: Percent-decoding

  /// OpenTelemetry, "Specifying resource information via an environment variable": percent-encoded as W3C Baggage is.
  @Test(arguments: [
    ("a%2Cb", "a,b"), ("a%3Db", "a=b"), ("a%20b", "a b"), ("%22quoted%22", "\"quoted\""), ("100%25", "100%"),
    ("%C3%A9", "é"), ("%2520", "%20"), ("a+b", "a+b"), ("%5cpath%5C", "\\path\\"), ("a=b", "a=b"), ("", ""),
  ])
  func resourceAttributesArePercentDecoded(written: String, meant: String) throws {
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["OTEL_RESOURCE_ATTRIBUTES": "key%2Done=\(written),last=1"])
    #expect(resolved.complaints.isEmpty)
    #expect(resolved.resource.tags.first == Resource.Tag("key-one", meant))
  }

  @Test(arguments: ["a=50%", "a=%2", "a=%zz", "a=1,=2", "a"])
  func resourceAttributesThatAreBrokenAreDiscardedWhole(text: String) throws {
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["OTEL_RESOURCE_ATTRIBUTES": "good=1,\(text)"])
    #expect(resolved.complaints.map(\.setting) == ["OTEL_RESOURCE_ATTRIBUTES"])
    #expect(!resolved.resource.tags.contains { $0.key == "good" })
  }

  /// The rest of the list is nobody's business, and may hold secrets.
  @Test(arguments: [
    ("OTEL_RESOURCE_ATTRIBUTES", "api.token=5ecre7,nonsense", "nonsense"),
    ("OTEL_RESOURCE_ATTRIBUTES", "nonsense,db.password=5ecre7", "nonsense"),
    ("OTEL_RESOURCE_ATTRIBUTES", "a=b,api_key=5ecre7%", "api_key=[redacted]"),
    ("SPOOR_LOG_LEVELS", "5ecre7=debug, orders=loud", "orders=loud"),
    ("SPOOR_SAMPLING_RULES", "path:/5ecre7=0, path:/x", "path:/x"),
    ("SPOOR_HEADERS", "x-key=5ecre7,nonsense", "…"),
  ])
  func anErrorShowsTheWrongElementOfAListOnly(name: String, value: String, shown: String) throws {
    var environment = [name: value, "SPOOR_STRICT": "1"]
    let error = try #require(throws: ConfigurationError.self) {
      try ResolvedConfiguration(SpoorConfiguration(), environment: environment)
    }
    #expect(error.setting == name && error.value == shown)
    guard name.hasPrefix("OTEL_") else { return }
    environment["SPOOR_STRICT"] = nil
    let resolved = try ResolvedConfiguration(SpoorConfiguration(), environment: environment)
    #expect(resolved.complaints.map(\.value) == [shown])
  }
}
