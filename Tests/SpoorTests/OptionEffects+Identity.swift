// SPDX-License-Identifier: Apache-2.0

import Foundation
import MetricsTestKit
import SpoorBase
import SpoorContext
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Service identity and export.
enum IdentityEffects {
  static let all: [OptionEffect] = [
    OptionEffect("service.name") { way in
      for name in ["a", String(repeating: "n", count: 255)] {
        let bench = try OptionBench(way)
        try await bench.run(["OTEL_SERVICE_NAME": name]) {
          $0.service.name = name
        } work: {
          $0.tracer.withSpan("span") { _ in }
        }
        #expect((try bench.span("span")["localEndpoint"] as? [String: Any])?["serviceName"] as? String == name)
        #expect(bench.line("spoor_shut_down")?["service"] as? String == name)
      }
    },
    OptionEffect("service.version") { way in
      let bench = try OptionBench(way)
      try await bench.run([:]) {
        $0.service.version = "1.2.3"
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(try bench.tags("span")["service.version"] == "1.2.3")
    },
    OptionEffect("service.attributes") { way in
      let bench = try OptionBench(way)
      try await bench.run([:], others: ["OTEL_RESOURCE_ATTRIBUTES": "a=1,b=2"]) {
        $0.service.attributes = ["b": "3", "c": "4"]
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      let tags = try bench.tags("span")
      #expect(tags["a"] == "1" && tags["b"] == "3" && tags["c"] == "4")
    },
    OptionEffect("OTEL_RESOURCE_ATTRIBUTES") { way in
      let bench = try OptionBench(way)
      try await bench.run(["OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=a%2Cb"], { _ in }) {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(try bench.tags("span")["deployment.environment"] == "a,b")
    },
    OptionEffect("service.detectors") { way in
      for (text, detectors) in [("process", [.process]), ("none", [])] as [(String, Set<ResourceDetector>)] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_RESOURCE_DETECTORS": text]) {
          $0.service.detectors = detectors
        } work: {
          $0.tracer.withSpan("span") { _ in }
        }
        let tags = try bench.tags("span")
        #expect((tags["process.pid"] == "\(getpid())") == !detectors.isEmpty && tags["host.name"] == nil)
      }
    },
    OptionEffect("service.logFields") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_RESOURCE_LOG_FIELDS": "process.pid"]) {
        $0.service.logFields = ["process.pid"]
      } work: { _ in
      }
      let line = try #require(bench.line("spoor_shut_down"))
      #expect("\(line["process.pid"] ?? "")" == "\(getpid())" && line["host.name"] == nil)
    },
  ]
}

/// Sending.
enum ExportEffects {
  static let all: [OptionEffect] = [
    OptionEffect("OTEL_EXPORTER_ZIPKIN_ENDPOINT") { way in
      let bench = try OptionBench(way)
      let other = try SocketServer { _ in .answer(202) }
      let url = "http://127.0.0.1:\(other.port)/other"
      let report = try await bench.run(["OTEL_EXPORTER_ZIPKIN_ENDPOINT": url], { _ in }) {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(report.spans.sent == 1 && bench.server.requests.isEmpty)
      #expect(other.requests.first?.head.hasPrefix("POST /other ") == true)
    },
    OptionEffect("export.endpoints") { way in
      let bench = try OptionBench(way)
      let (dead, url) = ("http://127.0.0.1:9/", bench.url)
      let report = try await bench.run(
        ["SPOOR_ENDPOINTS": "\(dead), \(url)"], others: ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:9/unused"]
      ) {
        $0.export.endpoints = [dead, url]
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(report.spans.sent == 1 && bench.names == ["span"])
    },
    OptionEffect("export.encoding") { way in
      let bench = try OptionBench(way)
      let report = try await bench.run(["SPOOR_ENCODING": "Proto"]) {
        $0.export.encoding = .proto
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(report.spans.sent == 1)
      #expect(bench.server.requests.first?.header("Content-Type") == "application/x-protobuf")
    },
    OptionEffect("export.requestTimeout") { way in
      let bench = try OptionBench(way) { _ in .hang }
      let system = try bench.system(["OTEL_EXPORTER_ZIPKIN_TIMEOUT": "150"]) {
        $0.export.requestTimeout = .milliseconds(150)
      }
      system.tracer.withSpan("span") { _ in }
      try await eventually("the request fails") { bench.line("spans_not_delivered") != nil }
      // libcurl says how long it waited; the default is 10 s.
      let waited = milliseconds(in: bench.line("spans_not_delivered"))
      #expect(waited.map { (150..<10_000).contains($0) } == true, "\(bench.lines)")
      _ = await system.shutdown(timeout: .zero)
    },
    OptionEffect("export.connectTimeout") { way in
      let listener = try FullListener()
      let bench = try OptionBench(way)
      let url = "http://127.0.0.1:\(listener.port)/"
      let system = try bench.system(["SPOOR_CONNECT_TIMEOUT": "150"], others: ["SPOOR_ENDPOINTS": url]) {
        $0.export.connectTimeout = .milliseconds(150)
      }
      system.tracer.withSpan("span") { _ in }
      try await eventually("the connection fails") { bench.line("spans_not_delivered") != nil }
      // The default is 3 s.
      let waited = milliseconds(in: bench.line("spans_not_delivered"))
      #expect(waited.map { (150..<3000).contains($0) } == true, "\(bench.lines)")
      _ = await system.shutdown(timeout: .zero)
      withExtendedLifetime(listener) {}
    },
    OptionEffect("export.batchBytes") { way in
      for (bytes, requests) in [(1000, 10...50), (50_000_000, 1...1)] {
        let bench = try OptionBench(way)
        let report = try await bench.run(
          ["SPOOR_BATCH_BYTES": "\(bytes)"], others: ["OTEL_BSP_SCHEDULE_DELAY": "3600000"]
        ) {
          $0.export.batchBytes = bytes
        } work: { system in
          for number in 0..<50 { system.tracer.withSpan("span \(number)") { _ in } }
        }
        #expect(report.spans.sent == 50 && requests.contains(bench.server.requests.count), "\(bytes)")
      }
    },
    OptionEffect("export.batchAge") { way in
      let prompt = try OptionBench(way)
      let system = try prompt.system(["OTEL_BSP_SCHEDULE_DELAY": "0"]) { $0.export.batchAge = .zero }
      for name in ["first", "second", "third"] {
        system.tracer.withSpan(name) { _ in }
        try await eventually("it is sent at once") { prompt.names.contains(name) }
      }
      _ = await system.shutdown()
      #expect(prompt.server.requests.count == 3)
      let patient = try OptionBench(way)
      try await patient.run(["OTEL_BSP_SCHEDULE_DELAY": "3600000"]) {
        $0.export.batchAge = .seconds(3600)
      } work: { system in
        for name in ["first", "second", "third"] {
          system.tracer.withSpan(name) { _ in }
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      #expect(patient.server.requests.count == 1 && patient.names.count == 3)
    },
    OptionEffect("export.openSpans") { way in
      let bench = try OptionBench(way)
      let system = try bench.system(["SPOOR_OPEN_SPAN_AGE": "1"]) {
        $0.export.openSpans = .reported(after: .milliseconds(1))
      }
      let span = system.tracer.startSpan("open")
      try await eventually("the open span is reported") { !bench.spans.isEmpty }
      #expect(try bench.span("open")["duration"] == nil)
      span.end()
      _ = await system.shutdown()
      let quiet = try OptionBench(way)
      try await quiet.run(["SPOOR_OPEN_SPAN_AGE": "none"]) {
        $0.export.openSpans = .unreported
      } work: { system in
        let span = system.tracer.startSpan("open")
        system.tracer.withSpan("marker") { _ in }
        try await eventually("the marker is sent") { quiet.names.contains("marker") }
        span.end()
      }
      #expect(quiet.spans.count == 2)
    },
    OptionEffect("export.compression") { way in
      for (text, compression) in [("always", .always), ("NEVER", .never)] as [(String, SpoorConfiguration.Compression)]
      {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_COMPRESSION": text]) {
          $0.export.compression = compression
        } work: {
          $0.tracer.withSpan("span") { _ in }
        }
        let encoding = try #require(bench.server.requests.first).header("Content-Encoding")
        #expect(encoding == (compression == .always ? "gzip" : nil))
      }
    },
    OptionEffect("export.headers") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_HEADERS": "X-Key=a%2Cb"]) {
        $0.export.headers = ["X-Key": "a,b"]
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(bench.server.requests.first?.header("X-Key") == "a,b")
      #expect(!bench.text.contains("a,b"))
    },
    OptionEffect("export.proxy") { way in
      let bench = try OptionBench(way)
      let proxy = "http://127.0.0.1:\(bench.server.port)"
      let report = try await bench.run(
        ["SPOOR_PROXY": proxy], others: ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://collector.invalid/api/v2/spans"]
      ) {
        $0.export.proxy = .url(proxy)
      } work: {
        $0.tracer.withSpan("span") { _ in }
      }
      #expect(report.spans.sent == 1)
      #expect(bench.server.requests.first?.head.hasPrefix("POST http://collector.invalid/") == true)
    },
    OptionEffect("export.tls.verifiesPeer") { way in
      for isVerified in [false, true] {
        let (sent, _) = try await overTLS(way, ["SPOOR_TLS_VERIFY": isVerified ? "1" : "0"]) {
          $0.verifiesPeer = isVerified
        }
        #expect(sent == (isVerified ? 0 : 1))
      }
    },
    OptionEffect("export.tls.caFile") { way in
      for (file, expected) in [("ca.pem", 1), ("other-ca.pem", 0)] {
        let path = try Certificates.all.get()[file]
        let (sent, _) = try await overTLS(way, ["SPOOR_CA_FILE": path]) { $0.caFile = path }
        #expect(sent == expected)
      }
    },
    OptionEffect("export.tls.clientCertificate") { way in
      let files = try Certificates.all.get()
      let others = ["SPOOR_CA_FILE": files["ca.pem"], "SPOOR_CLIENT_KEY": files["client.key"]]
      let variables = ["SPOOR_CLIENT_CERTIFICATE": files["client.pem"]]
      let (sent, _) = try await overTLS(way, variables, others: others, asksClients: true) {
        $0.clientCertificate = files["client.pem"]
      }
      #expect(sent == 1)
    },
    OptionEffect("export.tls.clientKey") { way in
      let files = try Certificates.all.get()
      let others = ["SPOOR_CA_FILE": files["ca.pem"], "SPOOR_CLIENT_CERTIFICATE": files["client.pem"]]
      for (file, expected) in [("client.key", 1), ("server.key", 0)] {
        let key = files[file]
        let (sent, _) = try await overTLS(way, ["SPOOR_CLIENT_KEY": key], others: others, asksClients: true) {
          $0.clientKey = key
        }
        #expect(sent == expected, "\(file)")
      }
    },
    OptionEffect("export.tls.clientKeyPassword") { way in
      let files = try Certificates.all.get()
      let others = [
        "SPOOR_CA_FILE": files["ca.pem"], "SPOOR_CLIENT_CERTIFICATE": files["client.pem"],
        "SPOOR_CLIENT_KEY": files["client-locked.key"],
      ]
      for (password, expected) in [(Certificates.password, 1), ("5ecre8", 0)] {
        let variables = ["SPOOR_CLIENT_KEY_PASSWORD": password]
        let (sent, log) = try await overTLS(way, variables, others: others, asksClients: true) {
          $0.clientKeyPassword = password
        }
        #expect(sent == expected && !log.contains(password))
      }
    },
  ]

  /// Sends a span to a TLS server. Returns how many arrived, and the log.
  private static func overTLS(
    _ way: Way, _ variables: [String: String], others: [String: String] = [:], asksClients: Bool = false,
    _ code: @Sendable (inout SpoorConfiguration.TLS) -> Void
  ) async throws -> (sent: Int, log: String) {
    let server = try TLSServer(Certificates.all.get(), asksClients: asksClients)
    let bench = try OptionBench(way)
    let endpoint = ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "https://127.0.0.1:\(server.port)/api/v2/spans"]
    let system = try bench.system(variables, others: others.merging(endpoint) { $1 }) { code(&$0.export.tls) }
    system.tracer.withSpan("span") { _ in }
    try await eventually("an answer or a failure") {
      system.journal.account().sent == 1 || bench.line("spans_not_delivered") != nil
    }
    let report = await system.shutdown(timeout: .zero)
    withExtendedLifetime(server) {}
    return (report.spans.sent, bench.text)
  }

  /// How long libcurl waited, from its message: `Operation timed out after N milliseconds …`.
  private static func milliseconds(in line: [String: Any]?) -> Int? {
    guard let reason = line?["reason"] as? String, let start = reason.range(of: " after ") else { return nil }
    return Int(reason[start.upperBound...].prefix { $0.isNumber })
  }
}

/// A port that accepts no further connection: its queue is full.
private final class FullListener {
  let port: UInt16
  private var descriptors: [Int32] = []

  init() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = unsafe withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return unsafe bind(listener, pointer, size) == 0 && listen(listener, 0) == 0
        && getsockname(listener, pointer, &size) == 0
    }
    try #require(isListening)
    port = UInt16(bigEndian: address.sin_port)
    descriptors.append(listener)
    for _ in 0..<4 {
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK, 0)
      var target = address
      unsafe withUnsafeBytes(of: &target) { bytes in
        let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
        _ = unsafe connect(client, pointer, size)
      }
      descriptors.append(client)
    }
  }

  deinit { for descriptor in descriptors { close(descriptor) } }
}
