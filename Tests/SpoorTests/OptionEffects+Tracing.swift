// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorContext
import SpoorJournal
import SpoorTestSupport
import SpoorTracing
import Testing
import Tracing

@testable import Spoor

/// Propagation.
enum PropagationEffects {
  private static let b3 = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"

  /// The headers that a span of this system hands on, below a request with these headers.
  private static func passedOn(_ system: SpoorSystem, _ headers: [String: String] = [:]) -> [String: String] {
    var context = ServiceContext.topLevel
    system.tracer.extract(headers, into: &context, using: HeaderDictionary())
    return system.tracer.withSpan("request", context: context) { span in system.tracer.inject(span.context) }
  }

  static let all: [OptionEffect] = [
    OptionEffect("propagation.formats") { way in
      let cases: [(String, [PropagationFormat], [String])] = [
        ("B3Multi", [.b3multi], ["x-b3-sampled", "x-b3-spanid", "x-b3-traceid"]), ("none", [], []),
        ("tracecontext", [.tracecontext], ["traceparent"]), ("b3", [.b3], ["b3"]),
      ]
      for (text, formats, names) in cases {
        let bench = try OptionBench(way)
        try await bench.run(["OTEL_PROPAGATORS": text], others: ["SPOOR_TRACESTATE": "0"]) {
          $0.propagation.formats = formats
        } work: { system in
          #expect(passedOn(system).keys.map { $0.lowercased() }.sorted() == names)
        }
      }
    },
    OptionEffect("propagation.trustedPeers") { way in
      for (text, peers, isTrusted) in [("none", .nobody, false), ("all", .all, true)] as [(String, TrustedPeers, Bool)]
      {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_TRUSTED_PEERS": text]) {
          $0.propagation.trustedPeers = peers
        } work: {
          _ = passedOn($0, ["b3": b3])
        }
        let span = try bench.span("request")
        #expect((span["traceId"] as? String == "80f198ee56343ba864fe8b2a57d3eff7") == isTrusted)
        #expect((span["tags"] as? [String: String])?.values.contains { $0.contains("e457b5a2e4d86bd1") } == !isTrusted)
      }
    },
    OptionEffect("propagation.writesTraceState") { way in
      for isWritten in [true, false] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_TRACESTATE": isWritten ? "TRUE" : "False"]) {
          $0.propagation.writesTraceState = isWritten
        } work: { system in
          #expect((passedOn(system)["tracestate"]?.contains("spoor=") ?? false) == isWritten)
        }
      }
    },
    OptionEffect("propagation.baggageKeys") { way in
      for (text, keys, header) in [
        ("b, ,c", .only(["b", "c"]), "b=2"), ("all", .all, "a=1,b=2"), ("none", .only([]), nil),
      ] as [(String, SpoorConfiguration.BaggageKeys, String?)] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_BAGGAGE_KEYS": text]) {
          $0.propagation.baggageKeys = keys
        } work: { system in
          #expect(passedOn(system, ["b3": b3, "baggage": "a=1,b=2"])["baggage"] == header)
        }
      }
    },
    OptionEffect("propagation.baggageTags") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_BAGGAGE_TAGS": "tenant"]) {
        $0.propagation.baggageTags = ["tenant"]
      } work: {
        _ = passedOn($0, ["b3": b3, "baggage": "tenant=t1,other=2"])
      }
      let tags = try bench.tags("request")
      #expect(tags["tenant"] == "t1" && tags["other"] == nil)
    },
    OptionEffect("propagation.baggageLogFields") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_BAGGAGE_LOG_FIELDS": "tenant"]) {
        $0.propagation.baggageLogFields = ["tenant"]
      } work: { system in
        var context = ServiceContext.topLevel
        system.tracer.extract(["b3": b3, "baggage": "tenant=t1,other=2"], into: &context, using: HeaderDictionary())
        let logger = system.logger(label: "x")
        ServiceContext.$current.withValue(context) { logger.info("inside") }
      }
      let line = try #require(bench.line("inside"))
      #expect(line["tenant"] as? String == "t1" && line["other"] == nil)
    },
    OptionEffect("propagation.uses64BitTraceIDs") { way in
      for is64Bit in [true, false] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_TRACE_ID_64BIT": is64Bit ? "1" : "0"]) {
          $0.propagation.uses64BitTraceIDs = is64Bit
        } work: {
          $0.tracer.withSpan("span") { _ in }
        }
        #expect((try bench.span("span")["traceId"] as? String)?.count == (is64Bit ? 16 : 32))
      }
    },
  ]
}

/// Sampling.
enum SamplingEffects {
  /// How many of so many root spans are sent.
  private static func sent(
    _ way: Way, _ variables: [String: String], of count: Int = 20, name: String = "root",
    others: [String: String] = [:], _ code: (inout SpoorConfiguration) -> Void
  ) async throws -> Int {
    let report = try await OptionBench(way).run(variables, others: others, code) { system in
      for _ in 0..<count { system.tracer.withSpan(name) { _ in } }
    }
    #expect(report.spans.started == count && report.spans.isBalanced && report.spans.held == 0, "\(report)")
    return report.spans.sent
  }

  static let all: [OptionEffect] = [
    OptionEffect("sampling.sampler") { way in
      let none = try await sent(way, [:]) { $0.sampling.sampler = NeverSampler() }
      let others = ["OTEL_TRACES_SAMPLER": "always_off"]
      let all = try await sent(way, [:], others: others) { $0.sampling.sampler = AlwaysSampler() }
      #expect(none == 0 && all == 20)
    },
    OptionEffect("OTEL_TRACES_SAMPLER") { way in
      for (name, expected) in [("Always_Off", 0), ("parentbased_always_off", 0), ("always_on", 20)] {
        let count = try await sent(way, ["OTEL_TRACES_SAMPLER": name]) { _ in }
        #expect(count == expected, "\(name)")
      }
    },
    OptionEffect("OTEL_TRACES_SAMPLER_ARG") { way in
      let others = ["OTEL_TRACES_SAMPLER": "traceidratio"]
      let none = try await sent(way, ["OTEL_TRACES_SAMPLER_ARG": "0"], others: others) { _ in }
      let all = try await sent(way, ["OTEL_TRACES_SAMPLER_ARG": "1"], others: others) { _ in }
      #expect(none == 0 && all == 20)
      let half = try await sent(way, ["OTEL_TRACES_SAMPLER_ARG": "0.5"], of: 1000, others: others) { _ in }
      #expect((350...650).contains(half))
    },
    OptionEffect("sampling.rules") { way in
      for (name, expected) in [("health", 0), ("order", 20)] {
        let count = try await sent(way, ["SPOOR_SAMPLING_RULES": "operation: health* = 0"], name: name) {
          $0.sampling.rules = [SamplingRule(operation: "health*", NeverSampler())]
        }
        #expect(count == expected)
      }
    },
    OptionEffect("sampling.tracesPerSecond") { way in
      let none = try await sent(way, ["SPOOR_TRACES_PER_SECOND": "0"]) { $0.sampling.tracesPerSecond = 0 }
      #expect(none == 0)
      let most = try await sent(way, ["SPOOR_TRACES_PER_SECOND": "1000000"]) { $0.sampling.tracesPerSecond = 1_000_000 }
      #expect(most == 20)
      let one = try await sent(way, ["SPOOR_TRACES_PER_SECOND": "0.001"]) { $0.sampling.tracesPerSecond = 0.001 }
      #expect(one <= 1)
    },
    OptionEffect("sampling.keep.failed") { way in
      for isKept in [true, false] {
        let bench = try OptionBench(way)
        try await bench.run(["SPOOR_KEEP_FAILED": isKept ? "1" : "0"], others: ["OTEL_TRACES_SAMPLER": "always_off"]) {
          $0.sampling.keep.failed = isKept
        } work: { system in
          system.tracer.withSpan("good") { _ in }
          system.tracer.withSpan("bad") { $0.setStatus(SpanStatus(code: .error)) }
        }
        #expect(bench.names == (isKept ? ["bad"] : []))
        if isKept { #expect(try bench.tags("bad")["spoor.kept"] == "error") }
      }
    },
    OptionEffect("sampling.keep.slowerThan") { way in
      for (limit, isKept) in [(1, true), (3_600_000, false)] {
        let bench = try OptionBench(way)
        try await bench.run(
          ["SPOOR_KEEP_SLOWER_THAN": "\(limit)"], others: ["OTEL_TRACES_SAMPLER": "always_off"]
        ) {
          $0.sampling.keep.slowerThan = .milliseconds(limit)
        } work: { system in
          try await system.tracer.withSpan("slow") { _ in try await Task.sleep(for: .milliseconds(2)) }
        }
        #expect(bench.names == (isKept ? ["slow"] : []))
      }
    },
    OptionEffect("sampling.keep.slowerThanByOperation") { way in
      let bench = try OptionBench(way)
      try await bench.run(
        ["SPOOR_KEEP_SLOWER_THAN_BY_OPERATION": "search* = 1, pay=3600000"],
        others: ["OTEL_TRACES_SAMPLER": "always_off"]
      ) {
        $0.sampling.keep.slowerThanByOperation = ["search*": .milliseconds(1), "pay": .seconds(3600)]
      } work: { system in
        for name in ["search all", "pay"] {
          try await system.tracer.withSpan(name) { _ in try await Task.sleep(for: .milliseconds(2)) }
        }
      }
      #expect(bench.names == ["search all"])
    },
    OptionEffect("sampling.file") { way in
      let bench = try OptionBench(way)
      let file = bench.folder.appending(path: "sampling").path
      try "# nothing\nOTEL_TRACES_SAMPLER = always_off\n".write(toFile: file, atomically: true, encoding: .utf8)
      try await bench.run(["SPOOR_SAMPLING_FILE": file], others: ["OTEL_TRACES_SAMPLER": "always_on"]) {
        $0.sampling.file = file
      } work: { system in
        system.tracer.withSpan("before") { _ in }
        try FileManager.default.removeItem(atPath: file)
        try await eventually("the change is seen") { bench.lines("sampling_changed").count == 2 }
        system.tracer.withSpan("after") { _ in }
      }
      #expect(bench.names == ["after"])
      #expect(bench.lines("sampling_changed").allSatisfy { $0["by"] as? String == "file \(file)" })
    },
    OptionEffect("sampling.signal") { way in
      let bench = try OptionBench(way)
      try await bench.run(["SPOOR_SAMPLING_SIGNAL": "USR2"], others: ["OTEL_TRACES_SAMPLER": "parentbased_always_off"])
      {
        $0.sampling.signal = .usr2
      } work: { system in
        system.tracer.withSpan("before") { _ in }
        kill(getpid(), SIGUSR2)
        try await eventually("the signal is seen") { bench.lines("sampling_changed").count == 1 }
        system.tracer.withSpan("during") { _ in }
        kill(getpid(), SIGUSR2)
        try await eventually("the second signal is seen") { bench.lines("sampling_changed").count == 2 }
        system.tracer.withSpan("after") { _ in }
      }
      #expect(bench.names == ["during"])
    },
    OptionEffect("spans.areRecorded") { way in
      try await expectLogsOnly(way, [:]) { $0.spans.areRecorded = false }
    },
    OptionEffect("OTEL_SDK_DISABLED") { way in try await expectLogsOnly(way, ["OTEL_SDK_DISABLED": "TRUE"]) { _ in } },
  ]

  private static func expectLogsOnly(
    _ way: Way, _ variables: [String: String], _ code: (inout SpoorConfiguration) -> Void
  ) async throws {
    let bench = try OptionBench(way)
    try await bench.run(variables, code) { system in
      system.tracer.withSpan("span") { _ in system.logger(label: "x").info("inside") }
    }
    #expect(bench.server.requests.isEmpty && bench.line("inside") != nil)
  }
}

/// What a span holds.
enum SpanEffects {
  private static func limited(
    _ way: Way, _ variables: [String: String], others: [String: String] = [:],
    _ code: (inout SpoorConfiguration.Limits) -> Void, _ fill: (any Span) -> Void
  ) async throws -> OptionBench {
    let bench = try OptionBench(way)
    let report = try await bench.run(variables, others: others) {
      code(&$0.spans.limits)
    } work: {
      $0.tracer.withSpan("span") { fill($0) }
    }
    #expect(report.spans.sent == 1)
    return bench
  }

  static let all: [OptionEffect] = [
    OptionEffect("spans.limits.attributes") { way in
      for limit in [0, 2, 1_000_000] {
        let bench = try await limited(way, ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "\(limit)"]) {
          $0.attributes = limit
        } _: { span in
          for number in 0..<10 { span.attributes["key\(number)"] = number }
        }
        let tags = try bench.tags("span")
        #expect(tags.keys.count { $0.hasPrefix("key") } == min(limit, 10))
        #expect(tags["otel.dropped_attributes_count"] == (limit < 10 ? "\(10 - limit)" : nil))
      }
    },
    OptionEffect("spans.limits.events") { way in
      for limit in [0, 2, 1_000_000] {
        let bench = try await limited(way, ["OTEL_SPAN_EVENT_COUNT_LIMIT": "\(limit)"]) {
          $0.events = limit
        } _: { span in
          for number in 0..<10 { span.addEvent(SpanEvent(name: "event\(number)")) }
        }
        #expect((try bench.span("span")["annotations"] as? [Any] ?? []).count == min(limit, 10))
        #expect(try bench.tags("span")["otel.dropped_events_count"] == (limit < 10 ? "\(10 - limit)" : nil))
      }
    },
    OptionEffect("spans.limits.links") { way in
      for limit in [0, 2, 1_000_000] {
        let bench = try await limited(way, ["OTEL_SPAN_LINK_COUNT_LIMIT": "\(limit)"]) {
          $0.links = limit
        } _: { span in
          for _ in 0..<10 { span.addLink(SpanLink(context: span.context, attributes: [:])) }
        }
        let tags = try bench.tags("span")
        #expect(tags.keys.count { $0.hasPrefix("link.") } == min(limit, 10))
        #expect(tags["otel.dropped_links_count"] == (limit < 10 ? "\(10 - limit)" : nil))
      }
    },
    OptionEffect("spans.limits.attributesPerEvent") { way in
      for limit in [0, 2, 1_000_000] {
        let bench = try await limited(way, ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "\(limit)"]) {
          $0.attributesPerEvent = limit
        } _: { span in
          var attributes = SpanAttributes()
          for number in 0..<10 { attributes["key\(number)"] = number }
          span.addEvent(SpanEvent(name: "event", attributes: attributes))
        }
        let annotations = try #require(try bench.span("span")["annotations"] as? [[String: Any]])
        let text = try #require(annotations.first?["value"] as? String)
        #expect((0..<10).count { text.contains("key\($0)") } == min(limit, 10), "\(text)")
      }
    },
    OptionEffect("spans.limits.valueBytes") { way in
      for limit in [0, 100, 60_000] {
        let others = ["SPOOR_SPAN_BYTES": "57336"]
        let bench = try await limited(way, ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "\(limit)"], others: others) {
          $0.valueBytes = limit
        } _: { span in
          span.attributes["text"] = String(repeating: "x", count: 10_000)
        }
        // The span's name is a text as well.
        let text = try #require((bench.spans.first?["tags"] as? [String: String])?["text"])
        #expect(text.prefix { $0 == "x" }.count == min(limit, 10_000), "\(text.suffix(40))")
        #expect(text.hasSuffix("…(\(10_000 - limit) bytes more)") == (limit < 10_000))
      }
    },
    OptionEffect("spans.limits.totalBytes") { way in
      var kept: [Int] = []
      for limit in [400, 4000, 57_336] {
        let bench = try await limited(way, ["SPOOR_SPAN_BYTES": "\(limit)"]) {
          $0.totalBytes = limit
        } _: { span in
          for number in 0..<100 { span.attributes["key\(number)"] = String(repeating: "x", count: 100) }
          span.setStatus(SpanStatus(code: .error, message: "failed"))
        }
        let tags = try bench.tags("span")
        kept.append(tags.keys.count { $0.hasPrefix("key") })
        #expect(tags["error"] != nil, "a failed span stays a failed one")
        #expect(kept.last.map { $0 * 100 <= limit } == true)
      }
      #expect(kept[0] < kept[1] && kept[1] < kept[2] && kept[2] == 100, "\(kept)")
    },
    OptionEffect("spans.hooks") { way in
      let bench = try OptionBench(way)
      let report = try await bench.run([:]) {
        $0.spans.hooks = [.defaultTags(["team": "a"]), .dropping("health*")]
      } work: { system in
        for name in ["health", "order"] { system.tracer.withSpan(name) { _ in } }
      }
      #expect(try bench.names == ["order"] && bench.tags("order")["team"] == "a")
      #expect(report.spans.dropped == [.hook: 1])
    },
    OptionEffect("redaction") { way in
      let redaction = Redaction(names: ["mine"])
      try await expectRedacted(way, [:], key: "mine", value: "5ecre7") { $0.redaction = redaction }
    },
    OptionEffect("SPOOR_REDACT_KEYS") { way in
      try await expectRedacted(way, ["SPOOR_REDACT_KEYS": "mine,, other"], key: "mine", value: "5ecre7") { _ in }
      try await expectRedacted(way, ["SPOOR_REDACT_KEYS": "mine"], key: "password", value: "5ecre7") { _ in }
    },
    OptionEffect("SPOOR_REDACT_PATTERN") { way in
      let pattern = ["SPOOR_REDACT_PATTERN": "5ecre[0-9]"]
      try await expectRedacted(way, pattern, key: "note", value: "it is 5ecre7!") { _ in }
    },
  ]

  /// A tag, an attribute of an event and a field of a record, and nothing else.
  private static func expectRedacted(
    _ way: Way, _ variables: [String: String], key: String, value: String, _ code: (inout SpoorConfiguration) -> Void
  ) async throws {
    let bench = try OptionBench(way)
    try await bench.run(variables, code) { system in
      system.tracer.withSpan("span") { span in
        span.attributes[key] = value
        span.attributes["open"] = "visible"
        span.addEvent(SpanEvent(name: "event", attributes: SpanAttributes([key: .string(value)])))
        system.logger(label: "x").info("line", metadata: ["\(key)": "\(value)", "open": "visible"])
      }
    }
    let all = bench.server.requests.map(\.text).joined() + bench.text
    #expect(!all.contains("5ecre7") && all.contains(Redaction.replacement))
    #expect(try bench.tags("span")["open"] == "visible" && bench.line("line")?["open"] as? String == "visible")
  }
}
