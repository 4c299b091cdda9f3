// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// OTLP: where spans and records go, and the settings of both signals and of each.
enum OTLPEffects {
  typealias Signal = SpoorConfiguration.OTLP.Signal

  /// One of the three groups of rows.
  private struct Group: Sendable {
    let name: String
    /// What the variables begin with.
    let prefix: String
    let path: any WritableKeyPath<SpoorConfiguration.OTLP, Signal> & Sendable
    /// The paths of the requests that the group's settings are about.
    let requests: [String]

    var sendsSpans: Bool { requests.contains("/v1/traces") }
    var sendsRecords: Bool { requests.contains("/v1/logs") }

    /// What makes the group's signals go to a receiver and nowhere else.
    var exporters: [String: String] {
      [
        "OTEL_TRACES_EXPORTER": sendsSpans ? "otlp" : "none",
        "OTEL_LOGS_EXPORTER": sendsRecords ? "console,otlp" : "console",
      ]
    }
  }

  private static let groups: [Group] = [
    Group(name: "both", prefix: "OTEL_EXPORTER_OTLP_", path: \.both, requests: ["/v1/traces", "/v1/logs"]),
    Group(name: "traces", prefix: "OTEL_EXPORTER_OTLP_TRACES_", path: \.traces, requests: ["/v1/traces"]),
    Group(name: "logs", prefix: "OTEL_EXPORTER_OTLP_LOGS_", path: \.logs, requests: ["/v1/logs"]),
  ]

  static let all: [OptionEffect] =
    [
      OptionEffect("export.exporters") { way in
        for (text, exporters, zipkin, otlp) in [
          ("OTLP", [.otlp], false, true), ("zipkin, otlp", [.zipkin, .otlp], true, true),
          ("zipkin", [.zipkin], true, false),
          ("none", [], false, false),
        ] as [(String, [SpoorConfiguration.SpanExporter], Bool, Bool)] {
          let (bench, receiver) = (try OptionBench(way), try OTLPReceiver())
          let others = receiver.environment([:])
          try await bench.run(["OTEL_TRACES_EXPORTER": text], others: others) {
            $0.export.exporters = exporters
          } work: {
            $0.tracer.withSpan("span") { _ in }
          }
          #expect(bench.names.isEmpty != zipkin && receiver.spans.isEmpty != otlp, "\(text)")
        }
      },
      OptionEffect("logging.exporters") { way in
        for (text, exporters, console, otlp) in [
          ("console", [.console], true, false), ("Console, OTLP", [.console, .otlp], true, true),
          ("otlp", [.otlp], false, true), ("none", [], false, false),
        ] as [(String, [SpoorConfiguration.LogExporter], Bool, Bool)] {
          let (bench, receiver) = (try OptionBench(way), try OTLPReceiver())
          try await bench.run(["OTEL_LOGS_EXPORTER": text], others: receiver.environment([:])) {
            $0.logging.exporters = exporters
          } work: {
            $0.logger(label: "x").info("line")
          }
          #expect((bench.line("line") != nil) == console, "\(text)")
          #expect(receiver.logs.contains { $0.body == "line" } == otlp, "\(text)")
        }
      },
      OptionEffect("export.otlp.endpoint") { way in
        let (bench, receiver) = (try OptionBench(way), try OTLPReceiver())
        var others = receiver.environment()
        others["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
        try await bench.run(["OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url], others: others) {
          $0.export.otlp.endpoint = receiver.url
        } work: { system in
          system.tracer.withSpan("span") { _ in system.logger(label: "x").info("line") }
        }
        #expect(receiver.spans.count == 1 && receiver.logs.contains { $0.body == "line" })
      },
      OptionEffect("export.otlp.both.endpoint") { way in
        let (bench, receiver) = (try OptionBench(way), try OTLPReceiver())
        try await bench.run([:], others: receiver.environment()) {
          $0.export.otlp.both.endpoint = "http://127.0.0.1:9/unused"
        } work: {
          $0.tracer.withSpan("span") { _ in }
        }
        #expect(receiver.spans.count == 1)
      },
    ] + groups.flatMap(effects)

  private static func effects(_ group: Group) -> [OptionEffect] {
    let option = "export.otlp.\(group.name)."
    let prefix = group.prefix
    let endpoint = OptionEffect(option + "endpoint") { way in
      let receiver = try receiver()
      let url = "http://127.0.0.1:\(receiver.port)/other"
      _ = try await run(way, group, receiver, [prefix + "ENDPOINT": url]) { $0.endpoint = url }
      #expect(receiver.requests.contains { $0.head.hasPrefix("POST /other ") })
      #expect(!receiver.requests.contains { $0.head.hasPrefix("POST /v1/") })
    }
    return (group.name == "both" ? [] : [endpoint]) + [
      OptionEffect(option + "encoding") { way in
        for (text, encoding, type) in [
          ("http/json", .json, "application/json"), ("HTTP/Protobuf", .protobuf, "application/x-protobuf"),
        ] as [(String, SpoorConfiguration.OTLP.Encoding, String)] {
          let receiver = try receiver()
          _ = try await run(way, group, receiver, [prefix + "PROTOCOL": text]) { $0.encoding = encoding }
          try expect(receiver, group) { $0.header("Content-Type") == type }
        }
      },
      OptionEffect(option + "headers") { way in
        let receiver = try receiver()
        let text = try await run(way, group, receiver, [prefix + "HEADERS": "x-key=a%2Cb"]) {
          $0.headers = ["x-key": "a,b"]
        }
        try expect(receiver, group) { $0.header("x-key") == "a,b" }
        #expect(!text.contains("a,b"))
      },
      OptionEffect(option + "compression") { way in
        for (text, compression) in [("gzip", .always), ("none", .never)]
          as [(String, SpoorConfiguration.Compression)]
        {
          let receiver = try receiver()
          _ = try await run(way, group, receiver, [prefix + "COMPRESSION": text]) { $0.compression = compression }
          try expect(receiver, group) { $0.header("Content-Encoding") == (compression == .always ? "gzip" : nil) }
        }
      },
      OptionEffect(option + "requestTimeout") { way in
        let receiver = try SocketServer { _ in .hang }
        let bench = try OptionBench(way)
        let system = try bench.system(
          [prefix + "TIMEOUT": "100"], others: group.exporters.merging(environment(receiver)) { $1 }
        ) {
          $0.export.otlp[keyPath: group.path].requestTimeout = .milliseconds(100)
        }
        system.tracer.withSpan("span") { _ in system.logger(label: "x").info("line") }
        // With the default of 10 s, four requests take longer than is waited for here.
        for path in group.requests {
          try await eventually("it is tried again: \(path)") {
            receiver.requests.count { $0.head.hasPrefix("POST \(path) ") } >= 4
          }
        }
        _ = await system.shutdown(timeout: .zero)
      },
      OptionEffect(option + "caFile") { way in
        let files = try Certificates.all.get()
        for (file, isTaken) in [("ca.pem", true), ("other-ca.pem", false)] {
          let path = files[file]
          let taken = try await overTLS(way, group, [prefix + "CERTIFICATE": path]) { $0.caFile = path }
          #expect(taken == isTaken, "\(file)")
        }
      },
      OptionEffect(option + "clientCertificate") { way in
        let files = try Certificates.all.get()
        let path = files["client.pem"]
        let others = [prefix + "CERTIFICATE": files["ca.pem"], prefix + "CLIENT_KEY": files["client.key"]]
        let taken = try await overTLS(
          way, group, [prefix + "CLIENT_CERTIFICATE": path], others: others, asksClients: true
        ) {
          $0.clientCertificate = path
        }
        #expect(taken)
      },
      OptionEffect(option + "clientKey") { way in
        let files = try Certificates.all.get()
        let others = [prefix + "CERTIFICATE": files["ca.pem"], prefix + "CLIENT_CERTIFICATE": files["client.pem"]]
        for (file, isTaken) in [("client.key", true), ("server.key", false)] {
          let path = files[file]
          let taken = try await overTLS(way, group, [prefix + "CLIENT_KEY": path], others: others, asksClients: true) {
            $0.clientKey = path
          }
          #expect(taken == isTaken, "\(file)")
        }
      },
    ]
  }

  private static func receiver() throws -> SocketServer {
    try SocketServer { request in
      request.header("Content-Type") == "application/json"
        ? .answer(200, headers: ["Content-Type: application/json"], body: "{}") : .answer(200)
    }
  }

  private static func environment(_ receiver: SocketServer) -> [String: String] {
    ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(receiver.port)"]
  }

  /// Sends a span and a record, and returns the log.
  private static func run(
    _ way: Way, _ group: Group, _ receiver: SocketServer, _ variables: [String: String], _ code: (inout Signal) -> Void
  ) async throws -> String {
    let bench = try OptionBench(way)
    let report = try await bench.run(variables, others: group.exporters.merging(environment(receiver)) { $1 }) {
      code(&$0.export.otlp[keyPath: group.path])
    } work: { system in
      system.tracer.withSpan("span") { _ in system.logger(label: "x").info("line") }
    }
    #expect(report.spans.sent == (group.sendsSpans ? 1 : 0) && report.wroteAllLines)
    return bench.text
  }

  private static func expect(
    _ receiver: SocketServer, _ group: Group, _ condition: (SocketServer.Request) -> Bool
  ) throws {
    for path in group.requests {
      let request = try #require(receiver.requests.first { $0.head.hasPrefix("POST \(path) ") }, "\(path)")
      #expect(condition(request), "\(request.head)")
    }
  }

  /// Sends a span and a record to a TLS server. Returns whether it took them.
  private static func overTLS(
    _ way: Way, _ group: Group, _ variables: [String: String], others: [String: String] = [:],
    asksClients: Bool = false,
    _ code: (inout Signal) -> Void
  ) async throws -> Bool {
    let server = try TLSServer(Certificates.all.get(), asksClients: asksClients)
    let bench = try OptionBench(way)
    let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:\(server.port)"]
    let all = others.merging(endpoint) { $1 }.merging(group.exporters) { $1 }
    // A receiver that refuses is tried until the time is over.
    let report = try await bench.run(variables, others: all, timeout: .seconds(5)) {
      code(&$0.export.otlp[keyPath: group.path])
    } work: { system in
      system.tracer.withSpan("span") { _ in system.logger(label: "x").info("line") }
    }
    withExtendedLifetime(server) {}
    return (!group.sendsSpans || report.spans.sent == 1) && (!group.sendsRecords || report.wroteAllLines)
  }
}
