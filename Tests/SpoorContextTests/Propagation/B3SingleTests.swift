import SpoorContext
import Testing

@Suite("A b3 header")
struct B3SingleTests {
  static let trace = "463ac35c9f6413ad48485a3953bb6124"
  static let span = "a2fb4a1d1a96d312"
  static let parent = "0020000000000001"

  @Test(
    "that breaks a rule is given up whole",
    arguments: [
      ("", "nothing"), (" ", "a blank"), ("-", "a hyphen"), ("2", "no decision"), ("D", "upper case"),
      ("00", "two digits"),
      ("true", "a word, which only X-B3-Sampled may have"), ("-1", "no ids before the decision"),
      ("1-", "a decision and a hyphen"), ("not-a-tumor", "words"),
      ("b970dafd-0d95-40aa-95d8-1d8725aebe40", "a UUID"), (trace, "a trace id alone"), ("\(trace)-", "no span id"),
      ("\(trace)-\(span)-", "nothing behind the hyphen"), ("\(trace)-\(span)-1-", "no parent behind the hyphen"),
      ("\(trace)-\(span)--\(parent)", "an empty decision"), ("\(trace)-\(span)-2", "no decision"),
      ("\(trace)-\(span)-D", "a decision in upper case"), ("\(trace)-\(span)-11", "two decisions"),
      ("\(trace)-\(span)-1-\(parent)-1", "a field too many"), ("\(trace)-\(span)-1-\(parent)0", "a parent too long"),
      ("\(trace)-\(span)-1-002000000000001", "a parent too short"),
      ("\(trace)-\(span)-\(parent)-1", "fields exchanged"),
      ("\(trace)-\(span)-1-0000000000000000", "a parent of zeros"),
      ("\(trace)-\(span)-002000000000001", "a short third field"),
      ("00000000000000000000000000000000-\(span)-1", "a trace id of zeros"),
      ("0000000000000000-\(span)-1", "a short trace id of zeros"),
      ("\(trace)-0000000000000000-1", "a span id of zeros"),
      ("463AC35C9F6413AD48485A3953BB6124-\(span)-1", "a trace id in upper case"),
      ("\(trace)-A2FB4A1D1A96D312-1", "a span id in upper case"), ("\(trace)0-\(span)-1", "a trace id too long"),
      ("463ac35c9f6413ad48485a3953bb612-\(span)-1", "31 digits"), ("463ac35c9f6413ad4-\(span)-1", "17 digits"),
      ("463ac35c9f6413a-\(span)-1", "15 digits"), ("\(trace)-a2fb4a1d1a96d31-1", "a span id too short"),
      ("\(trace)-\(span)0-1", "a span id too long"), ("\(trace)_\(span)-1", "another separator"),
      ("\(trace)-\(span)-1,\(trace)-\(span)-1", "two headers joined"),
      ("\(trace)-\(span)-1;\(trace)-\(span)-1", "joined by Vapor"),
      ("\(trace)-\(span)-1 0", "something behind a blank"), ("\(trace) -\(span)-1", "a blank inside"),
      ("\(trace)-\(span)-1\u{0}", "a zero byte"), ("\(trace)-\(span)-１", "a digit that is not ASCII"),
    ])
  func invalid(value: String, reason: String) {
    #expect(ExtractedContext(b3: value) == nil, "\(reason)")
    #expect(TraceContext(b3: value) == nil, "\(reason)")
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

  @Test("is written as B3 has it, and read back", arguments: writtenRows)
  func written(traceID: TraceID, parent: SpanID?, sampling: SamplingDecision, expected: String) throws {
    let context = TraceContext(
      traceID: traceID, spanID: try #require(SpanID(Self.span)), parentSpanID: parent, sampling: sampling)
    #expect(context.b3 == expected)
    let read = try #require(TraceContext(b3: context.b3))
    #expect(read.b3 == expected)
    // Of an undecided context the parent is not sent.
    if sampling != .undecided { #expect(read == context) }
  }

  @Test("is written without the parent where that is asked for")
  func withoutParent() throws {
    let context = try #require(TraceContext(b3: "\(Self.trace)-\(Self.span)-1-\(Self.parent)"))
    #expect(
      TracePropagator(formats: [.b3WithoutParent]).headers(for: context) == ["b3": "\(Self.trace)-\(Self.span)-1"])
  }

  @Test("names no parent that is the span itself")
  func ownParent() throws {
    let context = try #require(TraceContext(b3: "\(Self.trace)-\(Self.span)-1-\(Self.span)"))
    #expect(context.parentSpanID == nil)
  }
}
