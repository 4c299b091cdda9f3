// SPDX-License-Identifier: Apache-2.0

import Testing
import Tracing

@testable import SpoorContext

/// AWS X-Ray's header.
@Suite struct XRayTests {
  private let propagator = TracePropagator(formats: [.xray, .baggage])
  private static let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

  @Test(arguments: [
    (header, "5759e988bd862e3fe1be46a994272793", SamplingDecision.sampled),
    (
      "Sampled=0; Parent=53995c3f42cd8ad8 ;Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:0|68fd508a:5|c512fbe3:2",
      "5759e988bd862e3fe1be46a994272793", .notSampled
    ),
    (
      "Self=1-67891234-12456789abcdef012345678;Root=1-00000000-000000000000000000000001;Parent=53995c3f42cd8ad8;Sampled=?",
      "0000000000000001", .undecided
    ),
    (
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8", "5759e988bd862e3fe1be46a994272793", .undecided
    ),
  ])
  func aHeaderIsRead(header: String, traceID: String, sampling: SamplingDecision) throws {
    for name in ["X-Amzn-Trace-Id", "x-amzn-trace-id"] {
      let context = try #require(propagator.extract(from: [name: header])?.traceContext)
      #expect(context.traceID.description == traceID && context.spanID.description == "53995c3f42cd8ad8")
      #expect(context.sampling == sampling)
    }
  }

  @Test(arguments: [
    "", "Root=1-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000",
    "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
    "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
    "Root=1-5759E988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
    "Root=1-5759e988bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=yes", "Root;Parent;Sampled",
    String(repeating: "Self=x;", count: 1000) + header,
  ])
  func anInvalidHeaderCountsAsAbsent(header: String) {
    #expect(propagator.extract(from: ["X-Amzn-Trace-Id": header]) == nil)
  }

  @Test func itIsReadAndWrittenOnlyIfItIsSwitchedOn() throws {
    #expect(TracePropagator().extract(from: ["X-Amzn-Trace-Id": Self.header]) == nil)
    let context = try #require(propagator.extract(from: ["X-Amzn-Trace-Id": Self.header])?.traceContext)
    #expect(propagator.headers(for: context) == ["X-Amzn-Trace-Id": Self.header])
    #expect(TracePropagator().headers(for: context)["X-Amzn-Trace-Id"] == nil)
    let undecided = TraceContext(traceID: context.traceID, spanID: context.spanID)
    #expect(undecided.xray.hasSuffix(";Sampled=?"))
    let short = TraceContext(traceID: try #require(TraceID(high: 0, low: 1)), spanID: context.spanID, sampling: .debug)
    #expect(short.xray == "Root=1-00000000-000000000000000000000001;Parent=53995c3f42cd8ad8;Sampled=1")
  }

  @Test func otherHeadersComeFirst() throws {
    let headers = [
      "X-Amzn-Trace-Id": Self.header, "traceparent": "00-80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-01",
    ]
    let context = try #require(propagator.extract(from: headers)?.traceContext)
    #expect(context.traceID.description == "80f198ee56343ba864fe8b2a57d3eff7")
  }
}

/// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`.
@Suite struct EnvironmentVariableTests {
  private static let parent = "00-80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-01"

  @Test func anEnvironmentIsReadWhoeverIsTrusted() throws {
    let propagator = TracePropagator(formats: [.b3, .baggage], trustedPeers: .nobody)
    var context = ServiceContext.topLevel
    propagator.extract(
      fromEnvironment: ["TRACEPARENT": Self.parent, "BAGGAGE": "tenant=t1", "B3": "1-1-1"], into: &context)
    #expect(context.remoteTraceContext?.traceContext?.traceID.description == "80f198ee56343ba864fe8b2a57d3eff7")
    #expect(context.baggage?["tenant"] == "t1")
  }

  @Test(arguments: [[:], ["TRACEPARENT": "nonsense"], ["traceparent": parent], ["B3": "1-1-1"]])
  func anythingElseCountsAsAbsent(environment: [String: String]) {
    var context = ServiceContext.topLevel
    TracePropagator().extract(fromEnvironment: environment, into: &context)
    #expect(context.remoteTraceContext == nil)
  }

  @Test func aChildGetsItsParentsSpanAndNothingOfAnotherOne() throws {
    let inherited = ["PATH": "/bin", "TRACEPARENT": Self.parent, "TRACESTATE": "old=1", "BAGGAGE": "old=1"]
    let propagator = TracePropagator()
    let context = TraceContext(
      traceID: try #require(TraceID(high: 1, low: 2)), spanID: try #require(SpanID(rawValue: 3)), sampling: .sampled)
    let child = propagator.environment(for: context, baggage: nil, extending: inherited)
    #expect(child == ["PATH": "/bin", "TRACEPARENT": context.traceparent])
    #expect(propagator.environment(for: nil, baggage: nil, extending: inherited) == ["PATH": "/bin"])
    #expect(
      TracePropagator(formats: []).environment(for: context, baggage: nil, extending: inherited) == ["PATH": "/bin"])
  }
}
