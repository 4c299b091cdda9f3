import Foundation
import Spoor
import SpoorJournal
import Testing

@testable import Spoor

/// The table of all options, and that it is one of all.
@Suite struct OptionTableTests {
  /// The stored properties of a configuration, those of its parts with the part's name before.
  private var properties: Set<String> {
    var names: Set<String> = []
    for child in Mirror(reflecting: SpoorConfiguration()).children {
      guard let label = child.label else { continue }
      let parts =
        child.value is SpoorConfiguration.TLS ? Mirror(reflecting: child.value).children.compactMap(\.label) : []
      if parts.isEmpty { names.insert(label) } else { names.formUnion(parts.map { "\(label).\($0)" }) }
    }
    return names
  }

  @Test func everyPropertyOfTheConfigurationIsInTheTable() {
    #expect(Set(Settings.all.compactMap(\.property)) == properties)
  }

  @Test func everyVariableThatIsReadIsInTheTableAndTheOtherWayRound() throws {
    // A ratio's argument is read only where there is a ratio.
    let resolved = try ResolvedConfiguration(
      SpoorConfiguration(), environment: ["OTEL_TRACES_SAMPLER": "traceidratio"])
    let unsupported = Set(Settings.unsupported.map(\.variable))
    #expect(resolved.readVariables.subtracting(unsupported) == Set(Settings.all.compactMap(\.variable)))
    #expect(resolved.readVariables.isSuperset(of: unsupported))
  }

  @Test func noOptionIsInTheTableTwice() {
    let properties = Settings.all.compactMap(\.property)
    let variables = Settings.all.compactMap(\.variable)
    #expect(Set(properties).count == properties.count && Set(variables).count == variables.count)
  }

  /// `scripts/options.sh` writes it anew.
  @Test func theTableInTheDocumentationIsWhatTheCodeSays() throws {
    if ProcessInfo.processInfo.environment["SPOOR_WRITE_DOCS"] == "1" {
      try OptionTable.markdown.write(toFile: OptionTable.path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOfFile: OptionTable.path, encoding: .utf8) == OptionTable.markdown)
  }

  // MARK: Bad values

  struct Nonsense: Sendable, CustomTestStringConvertible {
    let setting: Setting
    let value: String
    var testDescription: String { "\(setting.variable ?? "")=\(value)" }
  }

  static let nonsense = Settings.all.filter { $0.variable != nil }.flatMap { setting in
    setting.nonsense.map { Nonsense(setting: setting, value: $0) }
  }

  /// Beside the options for which every text is one: lists of keys, and passwords.
  @Test func everyOptionHasBadValues() {
    let without = Settings.all.filter { $0.variable != nil && $0.nonsense.isEmpty }.compactMap(\.variable)
    #expect(
      without == [
        "SPOOR_RESOURCE_LOG_FIELDS", "SPOOR_CLIENT_KEY_PASSWORD", "SPOOR_BAGGAGE_KEYS", "SPOOR_BAGGAGE_TAGS",
        "SPOOR_BAGGAGE_LOG_FIELDS",
        "SPOOR_REDACT_KEYS",
        "GOOGLE_CLOUD_PROJECT",
      ])
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
      // The same, strictly, is an error.
      environment["SPOOR_STRICT"] = "1"
      #expect(throws: error) { try ResolvedConfiguration(SpoorConfiguration(), environment: environment) }
    } catch let thrown as ConfigurationError {
      error = thrown
    }
    #expect([name, nonsense.setting.property].contains(error.setting))
    #expect(
      !error.expected.isEmpty
        && (nonsense.setting.isSecret ? error.value == "…" : error.description.contains(nonsense.value)))
  }

  static let integers: [String: any WritableKeyPath<SpoorConfiguration, Int?> & Sendable] = [
    "batchBytes": \.batchBytes, "breadcrumbs": \.breadcrumbs, "journalBytes": \.journalBytes,
    "journalMaximumBytes": \.journalMaximumBytes, "heldLogLines": \.heldLogLines,
  ]

  static let durations: [String: any WritableKeyPath<SpoorConfiguration, Duration?> & Sendable] = [
    "requestTimeout": \.requestTimeout, "connectTimeout": \.connectTimeout, "batchAge": \.batchAge,
    "openSpanAge": \.openSpanAge, "stackPatience": \.stackPatience, "logPatience": \.logPatience,
    "shutdownTimeout": \.shutdownTimeout,
  ]

  @Test func aNumberInCodeBeyondItsLimitsIsAnError() throws {
    for setting in Settings.all {
      guard let property = setting.property, case .integer(let range, _) = setting.kind else { continue }
      let keyPath = try #require(Self.integers[property], "\(property)")
      for value in [range.lowerBound - 1, range.upperBound + 1] {
        var configuration = SpoorConfiguration()
        configuration[keyPath: keyPath] = value
        let expected = ConfigurationError(setting: property, value: "\(value)", expected: setting.expected)
        #expect(throws: expected) { try ResolvedConfiguration(configuration, environment: [:]) }
      }
    }
  }

  @Test func aDurationInCodeBeyondItsLimitsIsAnError() throws {
    for setting in Settings.all {
      guard let property = setting.property, case .milliseconds(let range) = setting.kind else { continue }
      let keyPath = try #require(Self.durations[property], "\(property)")
      for value in [Duration.milliseconds(range.lowerBound) - .nanoseconds(1), .milliseconds(range.upperBound + 1)] {
        var configuration = SpoorConfiguration()
        configuration[keyPath: keyPath] = value
        let expected = ConfigurationError(setting: property, value: "\(value)", expected: setting.expected)
        #expect(throws: expected) { try ResolvedConfiguration(configuration, environment: [:]) }
      }
    }
  }

  @Test func theLimitsThemselvesAreValid() throws {
    for setting in Settings.all {
      guard let name = setting.variable else { continue }
      let values: [Int] =
        switch setting.kind {
        case .integer(let range, _), .milliseconds(let range): [range.lowerBound, range.upperBound]
        default: []
        }
      for value in values {
        #expect(try ResolvedConfiguration(SpoorConfiguration(), environment: [name: "\(value)"]).complaints.isEmpty)
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
}
