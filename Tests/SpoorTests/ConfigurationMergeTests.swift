// SPDX-License-Identifier: Apache-2.0

import Logging
import Spoor
import SpoorBase
import SpoorContext
import SpoorExport
import SpoorJournal
import SpoorLogging
import SpoorTracing
import Testing
import Tracing

@testable import Spoor

/// Settings from code and environment together, and spellings that once had another meaning.
@Suite struct ConfigurationMergeTests {
  private func resolve(
    _ environment: [String: String] = [:], _ change: (inout SpoorConfiguration) throws -> Void = { _ in }
  ) throws -> ResolvedConfiguration {
    var configuration = SpoorConfiguration()
    try change(&configuration)
    return try ResolvedConfiguration(configuration, environment: environment)
  }

  // MARK: none and off

  /// With a case named `none`, the assignment to an optional property meant nil, and nil meant everybody.
  @Test func trustedPeersNobodyTrustsNobody() throws {
    let environments = [[:], ["SPOOR_TRUSTED_PEERS": "all"]]
    for environment in environments {
      let resolved = try resolve(environment) { $0.propagation.trustedPeers = .nobody }
      #expect(!continuesTrace(resolved))
    }
    #expect(try continuesTrace(resolve()))
    #expect(try !continuesTrace(resolve(["SPOOR_TRUSTED_PEERS": "NONE"])))
  }

  private func continuesTrace(_ resolved: ResolvedConfiguration) -> Bool {
    var context = ServiceContext.topLevel
    resolved.propagator.extract(
      from: ["b3": "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"], using: HeaderDictionary(), into: &context)
    return context.remoteTraceContext != nil
  }

  @Test func redactionDisabledLeavesOnlyWhatTheEnvironmentNames() throws {
    let disabled = try resolve { $0.redaction = .disabled }.redaction
    #expect(!disabled.isSecret("password"))
    let named = try resolve(["SPOOR_REDACT_KEYS": "ssn"]) { $0.redaction = .disabled }.redaction
    #expect(named.isSecret("ssn") && !named.isSecret("password"))
  }

  @Test func signalOffWatchesNoSignalWhateverTheEnvironmentSays() throws {
    let environment = ["SPOOR_LOG_LEVEL_SIGNAL": "usr1", "SPOOR_LOG_REOPEN_SIGNAL": "usr2"]
    let resolved = try resolve(environment) {
      $0.logging.levelSignal = .off
      $0.logging.reopenSignal = .off
    }
    #expect(resolved.logs.levelSignal == 0 && resolved.logs.reopenSignal == 0)
  }

  @Test func proxyOffUsesNoProxyWhateverTheEnvironmentSays() throws {
    let environment = ["SPOOR_PROXY": "http://proxy.example.org:3128"]
    #expect(try resolve(environment) { $0.export.proxy = .off }.curl.proxy == .off)
    #expect(try resolve(environment) { $0.export.proxy = .environment }.curl.proxy == .environment)
    #expect(try resolve(environment).curl.proxy == .url("http://proxy.example.org:3128"))
    #expect(try resolve(["SPOOR_PROXY": "Off"]).curl.proxy == .off)
  }

  @Test func everySettingWithAWordForNothingCanOverrideItsVariable() throws {
    let environment = [
      "SPOOR_JOURNAL_DIR": "/var/lib/spoor", "SPOOR_LOG_HELD_LEVEL": "debug", "SPOOR_STACKS": "always",
      "SPOOR_OPEN_SPAN_AGE": "5", "SPOOR_BAGGAGE_KEYS": "a", "OTEL_PROPAGATORS": "b3", "SPOOR_BAGGAGE_TAGS": "a",
      "SPOOR_RESOURCE_DETECTORS": "all", "SPOOR_SAMPLING_RULES": "path:/x=0", "OTEL_SDK_DISABLED": "true",
    ]
    let resolved = try resolve(environment) {
      $0.journal.location = .memory
      $0.logging.held.level = .off
      $0.stacks.capture = .off
      $0.export.openSpans = .unreported
      $0.propagation.baggageKeys = .all
      $0.propagation.formats = []
      $0.propagation.baggageTags = []
      $0.service.detectors = []
      $0.sampling.rules = []
      $0.spans.areRecorded = true
    }
    #expect(resolved.journalDirectory == nil && resolved.logs.heldLevel == nil && resolved.stacks.mode == .off)
    #expect(resolved.shipper.openSpanAge == nil && resolved.propagator.baggageKeys == nil)
    #expect(resolved.propagator.formats.isEmpty && resolved.baggageTags.isEmpty && !resolved.isDisabled)
    #expect(resolved.resource.tags == [Resource.Tag("spoor.sampler", "always_on")], "neither detectors nor rules")
  }

  // MARK: Merged

  @Test func redactionIsTheUnionOfCodeAndEnvironment() throws {
    let environment = ["SPOOR_REDACT_KEYS": "ssn, user.*", "SPOOR_REDACT_PATTERN": "[0-9]{16}"]
    let redaction = try resolve(environment) {
      $0.redaction = Redaction(
        names: ["iban"], patterns: [try RedactionPattern("sk_[a-z]+")], custom: { key, _ in key == "own" ? "x" : nil })
    }.redaction
    #expect(["iban", "ssn", "user.mail"].allSatisfy { redaction.isSecret($0) } && !redaction.isSecret("password"))
    #expect(redaction.redacted(message: "sk_live 1234567890123456") == "[redacted] [redacted]")
    #expect(redaction.replacement(key: "own", value: "v") == "x")
    // Without a value in code: the usual names and the environment's.
    #expect(try ["password", "ssn"].allSatisfy(resolve(environment).redaction.isSecret))
  }

  @Test func limitsAreMergedMemberByMember() throws {
    let environment = [
      "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "10", "OTEL_SPAN_EVENT_COUNT_LIMIT": "11", "OTEL_SPAN_LINK_COUNT_LIMIT": "12",
      "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "13", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "14",
      "SPOOR_SPAN_BYTES": "500",
    ]
    let resolved = try resolve(environment) { $0.spans.limits.events = 3 }
    #expect(
      resolved.limits
        == SpanLimits(
          attributes: 10, events: 3, links: 12, attributesPerEvent: 13, valueBytes: 14, spanBytes: 500))
  }

  @Test func keepRulesAreMergedMemberByMemberAndByOperation() throws {
    let environment = [
      "SPOOR_KEEP_FAILED": "1", "SPOOR_KEEP_SLOWER_THAN": "100",
      "SPOOR_KEEP_SLOWER_THAN_BY_OPERATION": "checkout=200, search = 300 ,",
    ]
    let keep = try resolve(environment) {
      $0.sampling.keep.slowerThan = .milliseconds(50)
      $0.sampling.keep.slowerThanByOperation = ["checkout": .milliseconds(1), "pay": .milliseconds(2)]
    }.keep
    #expect(keep.failed && keep.slowerThan == .milliseconds(50))
    #expect(
      keep.slowerThanByOperation
        == ["checkout": .milliseconds(1), "pay": .milliseconds(2), "search": .milliseconds(300)])
  }

  @Test func stacksAndRepeatsAndRotationAreMergedMemberByMember() throws {
    let environment = [
      "SPOOR_STACKS": "Always", "SPOOR_STACKS_ONE_PER": "7", "SPOOR_LOG_SAMPLE_THEREAFTER": "9",
      "SPOOR_LOG_FILE_BYTES": "10000", "SPOOR_LOG_FILES_KEPT": "2",
    ]
    let resolved = try resolve(environment) {
      $0.stacks.capture = .activeSpan
      $0.logging.repeats.first = 3
      $0.logging.rotation.keptFiles = 4
      $0.logging.destinations = [.file(path: "/tmp/a"), .file(path: "/tmp/b", rotation: .init(bytes: 5, keptFiles: 6))]
    }
    #expect(resolved.stacks.mode == .activeSpan && resolved.stacks.onePer == 7)
    #expect(resolved.logs.sampling == LogSampling(first: 3, thereafter: 9, interval: .seconds(1)))
    #expect(
      resolved.logs.destinations == [
        .file(path: "/tmp/a", rotation: LogRotation(bytes: 10_000, keptFiles: 4)),
        .file(path: "/tmp/b", rotation: LogRotation(bytes: 5, keptFiles: 6)),
      ])
  }

  @Test func dictionariesAreMergedByKey() throws {
    let environment = [
      "OTEL_RESOURCE_ATTRIBUTES": "a=1,b=2", "SPOOR_HEADERS": "X-One=1,X-Two=2",
      "SPOOR_LOG_LEVELS": "http=error,sql=debug",
      "SPOOR_RESOURCE_DETECTORS": "none", "OTEL_TRACES_SAMPLER": "always_off",
    ]
    let resolved = try resolve(environment) {
      $0.service.attributes = ["b": "3"]
      $0.export.headers = ["x-two": "4"]
      $0.logging.levels = ["sql": .trace]
    }
    #expect(resolved.resource.tags == [Resource.Tag("a", "1"), Resource.Tag("b", "3")])
    #expect(resolved.curl.headers == [.init("X-One", "1"), .init("x-two", "4")])
    let levels = resolved.logs.levels.map { ($0.pattern.description, $0.level) }
    #expect(Dictionary(uniqueKeysWithValues: levels) == ["http": .error, "sql": .trace])
  }

  /// The rate and the rules once had no effect with a sampler from code.
  @Test func theRateAndTheRulesApplyToASamplerFromCode() throws {
    let environment = ["SPOOR_SAMPLING_RULES": "operation: health = 0", "SPOOR_TRACES_PER_SECOND": "0"]
    func isSampled(_ environment: [String: String], _ sampler: any Sampler, _ name: String) throws -> Bool {
      let request = SamplingRequest(traceID: .random(), operationName: name, kind: .server)
      return try resolve(environment) { $0.sampling.sampler = sampler }.sampler.decision(for: request).isSampled
    }
    for sampler in [AlwaysSampler(), ParentBasedSampler(root: AlwaysSampler())] as [any Sampler] {
      #expect(try !isSampled(environment, sampler, "order"))
      #expect(try !isSampled(["SPOOR_SAMPLING_RULES": "operation: health = 0"], sampler, "health"))
      #expect(try isSampled(["SPOOR_SAMPLING_RULES": "operation: health = 0"], sampler, "order"))
    }
  }
}
