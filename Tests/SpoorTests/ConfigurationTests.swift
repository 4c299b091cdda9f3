// SPDX-License-Identifier: Apache-2.0

import Logging
import Spoor
import SpoorExport
import SpoorJournal
import SpoorTracing
import Testing
import Tracing

@testable import Spoor

/// The result of an environment and a configuration in code.
private func resolve(
  _ environment: [String: String] = [:], _ change: (inout SpoorConfiguration) -> Void = { _ in }
) throws -> ResolvedConfiguration {
  var configuration = SpoorConfiguration()
  change(&configuration)
  return try ResolvedConfiguration(configuration, environment: environment)
}

@Suite struct ConfigurationTests {
  @Test func theDefaultsAreThoseOfTheDocumentation() throws {
    let resolved = try resolve()
    #expect(resolved.resource.service == "unknown_service")
    #expect(resolved.curl.endpoints.map(\.description) == ["http://localhost:9411/api/v2/spans"])
    #expect(resolved.propagator.formats == [.b3, .tracecontext, .baggage])
    #expect(resolved.logLevel == .info)
    #expect(resolved.journal.totalBytes == 64 << 20)
    #expect(resolved.shipper.batchBytes == 500_000 && resolved.shipper.batchAge == .seconds(1))
    #expect(resolved.complaints.isEmpty)
  }

  @Test func codeBeatsEnvironmentBeatsDefault() throws {
    let environment = ["OTEL_SERVICE_NAME": "from-environment", "LOG_LEVEL": "debug"]
    #expect(try resolve(environment).resource.service == "from-environment")
    #expect(try resolve(environment).logLevel == .debug)
    let resolved = try resolve(environment) {
      $0.service.name = "from-code"
      $0.logging.level = .error
    }
    #expect(resolved.resource.service == "from-code" && resolved.logLevel == .error)
  }

  @Test(arguments: [
    ("SPOOR_ENDPOINTS", "ftp://example.org/", "an http or https URL"),
    ("SPOOR_ENDPOINTS", "http://localhost:9411/,nonsense", "an http or https URL"),
    ("SPOOR_JOURNAL_BYTES", "12", "a whole number from 1048576"), ("SPOOR_JOURNAL_BYTES", "much", "a whole number"),
    ("SPOOR_BATCH_BYTES", "-1", "a whole number from 1000"), ("SPOOR_ENCODING", "thrift", "one of json, proto"),
    ("SPOOR_COMPRESSION", "zstd", "one of auto, always, never"), ("SPOOR_LOG_FORMAT", "xml", "one of json, console"),
    ("SPOOR_KEEP_FAILED", "maybe", "one of 1, 0, true, false"), ("SPOOR_KEEP_SLOWER_THAN", "2s", "milliseconds"),
    ("SPOOR_LOG_TIMESTAMP_DIGITS", "4", "one of 3, 6, 9"), ("SPOOR_CA_FILE", "/nowhere/ca.pem", "a readable file"),
    ("SPOOR_PROXY", "gopher://x", "a URL of one of the schemes"), ("SPOOR_SHUTDOWN_TIMEOUT", "never", "milliseconds"),
    ("SPOOR_HEADERS", "nonsense", "key=value"), ("SPOOR_TRACES_PER_SECOND", "-1", "a number from 0 to 1000000"),
    ("SPOOR_SAMPLING_RULES", "path:/x", "path:PATTERN=RATE"), ("SPOOR_TRUSTED_PEERS", "10.0.0.0/40", "all, none, or"),
    ("SPOOR_TRACESTATE", "perhaps", "one of 1, 0, true, false"),
  ])
  func anInvalidSettingIsAnErrorThatNamesIt(name: String, value: String, expected: String) throws {
    let error = try #require(throws: ConfigurationError.self) { try resolve([name: value]) }
    #expect(error.setting == name && error.expected.contains(expected), "\(error)")
    #expect(error.description == "\(name) must be \(error.expected), but is \"\(error.value)\"")
  }

  /// The value may be valid for other programs, so OpenTelemetry requires logging it and using the default.
  @Test(arguments: [
    ("OTEL_PROPAGATORS", "jaeger"), ("OTEL_TRACES_SAMPLER", "jaeger_remote"), ("OTEL_TRACES_EXPORTER", "jaeger"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"), ("OTEL_BSP_SCHEDULE_DELAY", "soon"), ("LOG_LEVEL", "loud"),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-3"), ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "0"), ("OTEL_SDK_DISABLED", "perhaps"),
    ("OTEL_RESOURCE_ATTRIBUTES", "nonsense"), ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "not a url"),
    ("OTEL_SERVICE_NAME", String(repeating: "x", count: 256)),
  ])
  func anInvalidSharedVariableIsLoggedAndTheDefaultUsed(name: String, value: String) throws {
    let resolved = try resolve([name: value])
    #expect(resolved.complaints.map(\.setting) == [name] && resolved.complaints.map(\.value) == [value])
    #expect(resolved.propagator.formats == [.b3, .tracecontext, .baggage] && !resolved.isDisabled)
    #expect(throws: ConfigurationError.self) { try resolve([name: value, "SPOOR_STRICT": "1"]) }
  }

  @Test func aRatioThatIsNoShareIsSaid() throws {
    let environment = ["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.5"]
    let complaint = try #require(try resolve(environment).complaints.first)
    #expect(complaint.setting == "OTEL_TRACES_SAMPLER_ARG" && complaint.expected == "a number from 0 to 1")
    #expect(throws: SamplerError.ratioOutOfRange(1.5)) { try TraceIDRatioSampler(ratio: 1.5) }
  }

  @Test(arguments: [
    ("always_on", true), ("always_off", false), ("parentbased_always_on", true), ("parentbased_always_off", false),
  ])
  func samplersGoByTheirStandardNames(name: String, isSampled: Bool) throws {
    let sampler = try resolve(["OTEL_TRACES_SAMPLER": name]).sampler
    let request = SamplingRequest(traceID: .random(), operationName: "x", kind: .server)
    #expect(sampler.decision(for: request).isSampled == isSampled)
  }

  private func decide(_ environment: [String: String], _ name: String) throws -> SamplingResult {
    let request = SamplingRequest(traceID: .random(), operationName: name, kind: .server)
    return try resolve(environment).sampler.decision(for: request)
  }

  @Test func rulesComeBeforeTheSamplerAndTheRateBeforeBoth() throws {
    var environment = [
      "SPOOR_SAMPLING_RULES": "path:/health*=0, operation:checkout=1", "OTEL_TRACES_SAMPLER": "always_off",
    ]
    #expect(try decide(environment, "checkout").isSampled && !decide(environment, "/orders").isSampled)
    environment = ["SPOOR_SAMPLING_RULES": "path:/health*=0", "SPOOR_TRACES_PER_SECOND": "0.5"]
    #expect(try !decide(environment, "GET /health").isSampled)
    #expect(try decide(environment, "/orders").reason == "rate=0.5/s")
    let resolved = try resolve(environment)
    let caller = SamplingRequest(traceID: .random(), operationName: "x", kind: .server, parentDecision: .sampled)
    #expect((0..<5).allSatisfy { _ in resolved.sampler.decision(for: caller).isSampled })
    #expect(!resolved.resource.tags.contains { $0.key == "spoor.sampler" })
  }

  @Test func theResourceComesFromItsAttributes() throws {
    let resolved = try resolve([
      "OTEL_RESOURCE_ATTRIBUTES": "service.name=a,service.instance.id=i-1,deployment.environment=prod,note=1%2C2"
    ]) {
      $0.service.version = "1.2.3"
      $0.service.attributes = ["host.name": "box"]
      $0.service.detectors = [.host]
    }
    #expect(resolved.resource.service == "a" && resolved.resource.instance == "i-1")
    #expect(
      resolved.resource.tags == [
        Resource.Tag("service.version", "1.2.3"), Resource.Tag("deployment.environment", "prod"),
        Resource.Tag("note", "1,2"), Resource.Tag("host.name", "box"), Resource.Tag("spoor.sampler", "always_on"),
      ])
  }

  @Test func anEmptyVariableIsAsGoodAsNone() throws {
    #expect(try resolve(["OTEL_SERVICE_NAME": " ", "SPOOR_ENCODING": ""]).resource.service == "unknown_service")
  }

  @Test func noSecretIsInAnError() throws {
    let urls = [
      "ftp://user:s3cret@example.org/?token=s3cret", "http://localhost:9411/, ftp://user:s3,cret@example.org/",
      "ftp://example.org/?token=s3cret,http://user:s3cret@example.org/",
    ]
    for url in urls {
      let complaint = try #require(try resolve(["OTEL_EXPORTER_ZIPKIN_ENDPOINT": url]).complaints.first)
      let error = try #require(throws: ConfigurationError.self) { try resolve(["SPOOR_ENDPOINTS": url]) }
      let given = try #require(throws: ConfigurationError.self) { try resolve { $0.export.endpoints = [url] } }
      let proxy = try #require(throws: ConfigurationError.self) { try resolve(["SPOOR_PROXY": url]) }
      for text in [complaint, error, given, proxy].map(\.description) {
        #expect(!text.contains("s3"), "\(text)")
      }
    }
    let headers = try #require(throws: ConfigurationError.self) { try resolve(["SPOOR_HEADERS": "s3cret"]) }
    #expect(!headers.description.contains("s3cret"))
  }
}
