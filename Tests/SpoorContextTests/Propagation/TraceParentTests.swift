// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("A traceparent header")
struct TraceParentTests {
  static let trace = "12345678901234567890123456789012"
  static let span = "1234567890123456"

  /// The requests of the W3C's validation service that must continue the trace, and additional ones.
  @Test(
    "that is valid continues the trace",
    arguments: [
      ("00-\(trace)-\(span)-01", "version 00"),
      ("cc-\(trace)-\(span)-01", "a future version"),
      ("cc-\(trace)-\(span)-01-what-the-future-will-be-like", "a longer future version"),
      ("fe-\(trace)-\(span)-01-", "a future version with nothing after the hyphen"),
      (" 00-\(trace)-\(span)-01", "a space before it"), ("\t00-\(trace)-\(span)-01", "a tab before it"),
      ("00-\(trace)-\(span)-01 ", "a space after it"), ("00-\(trace)-\(span)-01\t", "a tab after it"),
      ("\t 00-\(trace)-\(span)-01 \t", "blanks around it"),
    ])
  func valid(value: String, reason: String) throws {
    let context = try #require(TraceContext(traceparent: value), "\(reason)")
    #expect(context.traceID.description == Self.trace)
    #expect(context.spanID.description == Self.span)
    #expect(context.parentSpanID == nil)
    #expect(context.sampling == .sampled)
    #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-01")
  }

  @Test(
    "that is invalid starts a new trace",
    arguments: [
      ("", "nothing"), ("00-\(trace)-\(span)-01.", "text after version 00"),
      ("00-\(trace)-\(span)-01-what-the-future-will-be-like", "another field of version 00"),
      ("00-\(trace)-\(span)-01-", "a hyphen after version 00"),
      ("cc-\(trace)-\(span)-01.what-the-future-will-be-like", "a future version that continues without a hyphen"),
      ("ff-\(trace)-\(span)-01", "version ff"), (".0-\(trace)-\(span)-01", "no digit in the version"),
      ("0.-\(trace)-\(span)-01", "no digit in the version"), ("000-\(trace)-\(span)-01", "a version too long"),
      ("0000-\(trace)-\(span)-01", "a version too long"), ("0-\(trace)-\(span)-01", "a version too short"),
      ("CC-\(trace)-\(span)-01", "a version in upper case"),
      ("00-00000000000000000000000000000000-\(span)-01", "a trace id of zeros"),
      ("00-.2345678901234567890123456789012-\(span)-01", "no digit in the trace id"),
      ("00-1234567890123456789012345678901.-\(span)-01", "no digit in the trace id"),
      ("00-123456789012345678901234567890123-\(span)-01", "a trace id too long"),
      ("00-1234567890123456789012345678901-\(span)-01", "a trace id too short"),
      ("00-1234567890123456-\(span)-01", "a 64-bit trace id that is not padded"),
      ("00-1234567890123456789012345678901A-\(span)-01", "a trace id in upper case"),
      ("00-\(trace)-0000000000000000-01", "a span id of zeros"),
      ("00-\(trace)-.234567890123456-01", "no digit in the span id"),
      ("00-\(trace)-123456789012345.-01", "no digit in the span id"),
      ("00-\(trace)-12345678901234567-01", "a span id too long"),
      ("00-\(trace)-123456789012345-01", "a span id too short"),
      ("00-\(trace)-123456789012345A-01", "a span id in upper case"),
      ("00-\(trace)-\(span)-.0", "no digit in the flags"),
      ("00-\(trace)-\(span)-0.", "no digit in the flags"), ("00-\(trace)-\(span)-001", "flags too long"),
      ("00-\(trace)-\(span)-1", "flags too short"), ("00-\(trace)-\(span)-0A", "flags in upper case"),
      ("00-\(trace)-\(span)", "no flags"), ("00_\(trace)_\(span)_01", "another separator"),
      ("00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01", "two headers joined"),
      ("cc-\(trace)-\(span)-01, cc-\(trace)-\(span)-01", "two headers of a future version joined"),
    ])
  func invalid(value: String, reason: String) {
    #expect(TraceContext(traceparent: value) == nil, "\(reason)")
  }

  @Test(
    "passes on the sampled and the random flag, and no other flags",
    arguments: [
      ("00", SamplingDecision.notSampled, false, "00"), ("01", .sampled, false, "01"), ("02", .notSampled, true, "02"),
      ("03", .sampled, true, "03"), ("08", .notSampled, false, "00"), ("ff", .sampled, true, "03"),
    ])
  func flags(flags: String, sampling: SamplingDecision, isRandom: Bool, sent: String) throws {
    let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-\(flags)"))
    #expect(context.sampling == sampling)
    #expect(context.hasRandomTraceID == isRandom)
    #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(sent)")
  }

  @Test(
    "is sampled exactly if the trace is recorded, as in log records",
    arguments: [
      (SamplingDecision.undecided, "00"), (.notSampled, "00"), (.sampled, "01"), (.debug, "01"),
    ])
  func decisions(sampling: SamplingDecision, flags: String) throws {
    var context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-00"))
    context.sampling = sampling
    #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(flags)")
    #expect(context.traceFlags == flags)
    #expect(sampling.isSampled == (flags == "01"))
  }

  @Test("pads a 64-bit trace id")
  func padded() throws {
    let context = TraceContext(
      traceID: try #require(TraceID("48485a3953bb6124")), spanID: try #require(SpanID(Self.span)), sampling: .sampled)
    #expect(context.traceparent == "00-000000000000000048485a3953bb6124-\(Self.span)-01")
    let read = try #require(TraceContext(traceparent: context.traceparent))
    #expect(read.traceID.is64Bit)
    #expect(read == context)
  }
}
