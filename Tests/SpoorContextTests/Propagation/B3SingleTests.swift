// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("A b3 header")
struct B3SingleTests {
  static let trace = "463ac35c9f6413ad48485a3953bb6124"
  static let span = "a2fb4a1d1a96d312"
  static let parent = "0020000000000001"

  @Test(
    "that is invalid is dropped as a whole",
    arguments: [
      ("", "nothing"), (" ", "a blank"), ("-", "a hyphen"), ("2", "no decision"), ("D", "upper case"),
      ("00", "two digits"),
      ("true", "a word, which only X-B3-Sampled may have"), ("-1", "no ids before the decision"),
      ("1-", "a decision and a hyphen"), ("not-a-tumor", "words"),
      ("b970dafd-0d95-40aa-95d8-1d8725aebe40", "a UUID"), (trace, "a trace id alone"), ("\(trace)-", "no span id"),
      ("\(trace)-\(span)-", "nothing after the hyphen"), ("\(trace)-\(span)-1-", "no parent after the hyphen"),
      ("\(trace)-\(span)--\(parent)", "an empty decision"), ("\(trace)-\(span)-2", "no decision"),
      ("\(trace)-\(span)-D", "a decision in upper case"), ("\(trace)-\(span)-11", "two decisions"),
      ("\(trace)-\(span)-1-\(parent)-1", "too many fields"), ("\(trace)-\(span)-1-\(parent)0", "a parent too long"),
      ("\(trace)-\(span)-\(parent)-1", "fields exchanged"),
      ("\(trace)-\(span)-1-0000000000000000", "a parent of zeros"),
      ("\(trace)-\(span)-002000000000001", "a short third field"),
      ("00000000000000000000000000000000-\(span)-1", "a trace id of zeros"),
      ("0000000000000000-\(span)-1", "a short trace id of zeros"),
      ("\(trace)-0000000000000000-1", "a span id of zeros"),
      ("463AC35C9F6413AD48485A3953BB6124-\(span)-1", "a trace id in upper case"),
      ("\(trace)-A2FB4A1D1A96D312-1", "a span id in upper case"), ("\(trace)0-\(span)-1", "a trace id too long"),

      ("\(trace)-\(span)0-1", "a span id too long"), ("\(trace)_\(span)-1", "another separator"),

      ("\(trace)-\(span)-1;\(trace)-\(span)-1", "joined by Vapor"),
      ("\(trace)-\(span)-1 0", "text after a blank"), ("\(trace) -\(span)-1", "a blank inside"),
      ("\(trace)-\(span)-1\u{0}", "a zero byte"), ("\(trace)-\(span)-１", "a digit that is not ASCII"),
    ])
  func invalid(value: String, reason: String) {
    #expect(ExtractedContext(b3: value) == nil, "\(reason)")
    #expect(TraceContext(b3: value) == nil, "\(reason)")
  }

  @Test(
    "without leading zeros is padded on the left",
    arguments: [
      ("463ac35c9f6413ad48485a3953bb612-\(span)-1", "0463ac35c9f6413ad48485a3953bb612"),
      ("463ac35c9f6413ad4-\(span)-1", "0000000000000004" + "63ac35c9f6413ad4"),
      ("463ac35c9f6413a-\(span)-1", "0463ac35c9f6413a"), ("463ac35c9f6413-\(span)", "00463ac35c9f6413"),
      ("1-\(span)-0", "0000000000000001"),
      ("00000000000000000463ac35c9f6413a-\(span)-1", "0463ac35c9f6413a"),
    ])
  func unpadded(value: String, traceID: String) throws {
    let context = try #require(TraceContext(b3: value))
    #expect(context.traceID.description == traceID && context.spanID.description == Self.span)
  }

  @Test("with short span ids is padded as well")
  func unpaddedSpans() throws {
    let context = try #require(TraceContext(b3: "\(Self.trace)-a2fb4a1d1a96d3-1-20000000000001"))
    #expect(context.spanID.description == "00a2fb4a1d1a96d3")
    #expect(context.parentSpanID?.description == "0020000000000001")
  }

  @Test(
    "that came several times counts once if all are the same, and not at all if they differ",
    arguments: [
      ("\(trace)-\(span)-1,\(trace)-\(span)-1", true), ("\(trace)-\(span)-1 , \(trace)-\(span)-1", true),
      (" \(trace)-\(span),\t\(trace)-\(span),\(trace)-\(span)", true), ("0, 0", true), ("0,1", false),
      ("\(trace)-\(span)-1,\(trace)-\(span)-0", false), ("\(trace)-\(span)-1,", false), (",", false),
      ("x,x", false),
    ])
  func repeated(value: String, isValid: Bool) {
    #expect((ExtractedContext(b3: value) != nil) == isValid)
  }

  static let writtenRows: [(TraceID, SpanID?, SamplingDecision, String)] = {
    guard let long = TraceID(trace), let short = TraceID("48485a3953bb6124"), let above = SpanID(parent) else {
      return []
    }
    return [
      (long, nil, .undecided, "\(trace)-\(span)"),
      (long, above, .undecided, "\(trace)-\(span)"),
      (long, nil, .notSampled, "\(trace)-\(span)-0"),
      (long, above, .sampled, "\(trace)-\(span)-1-\(parent)"),
      (long, above, .debug, "\(trace)-\(span)-d-\(parent)"),
      (short, above, .sampled, "48485a3953bb6124-\(span)-1-\(parent)"),
    ]
  }()

  @Test("is written in B3's form and read back", arguments: writtenRows)
  func written(traceID: TraceID, parent: SpanID?, sampling: SamplingDecision, expected: String) throws {
    let context = TraceContext(
      traceID: traceID, spanID: try #require(SpanID(Self.span)), parentSpanID: parent, sampling: sampling)
    #expect(context.b3 == expected)
    let read = try #require(TraceContext(b3: context.b3))
    #expect(read.b3 == expected)
    // The parent of an undecided context is not sent.
    if sampling != .undecided { #expect(read == context) }
  }

  @Test("is written without the parent on request")
  func withoutParent() throws {
    let context = try #require(TraceContext(b3: "\(Self.trace)-\(Self.span)-1-\(Self.parent)"))
    #expect(
      TracePropagator(formats: [.b3WithoutParent]).headers(for: context) == ["b3": "\(Self.trace)-\(Self.span)-1"])
  }

  @Test("never names the span itself as its parent")
  func ownParent() throws {
    let context = try #require(TraceContext(b3: "\(Self.trace)-\(Self.span)-1-\(Self.span)"))
    #expect(context.parentSpanID == nil)
  }
}
