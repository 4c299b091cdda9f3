// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

/// Headers are read before the caller is authenticated, so their cost must be bounded.
@Suite("A header of any length")
struct BoundedHeaderTests {
  private static func baggage(_ count: Int, _ entry: (Int) -> String) -> String {
    (0..<count).map(entry).joined(separator: ",")
  }

  @Test("of baggage is read up to 64 members")
  func members() throws {
    let baggage = try #require(Baggage(header: Self.baggage(1000) { "k\($0)=\($0)" }))
    #expect(baggage.entries.count == 64 && baggage.entries.last?.key == "k63")
    // Malformed members count as well, because they cost the same.
    #expect(Baggage(header: Self.baggage(64) { _ in "x" } + ",a=1") == nil)
    #expect(Baggage(header: Self.baggage(63) { _ in "x" } + ",a=1")?["a"] == "1")
  }

  @Test("of baggage is read up to 8 192 bytes, and a member beyond is left out whole")
  func bytes() throws {
    let long = String(repeating: "v", count: 4000)
    let baggage = try #require(Baggage(header: "a=\(long),b=\(long),c=\(long),d=1"))
    #expect(baggage.entries.map(\.key) == ["a", "b"])
    #expect(Baggage(header: "a=\(String(repeating: "v", count: 9000))") == nil)
    let exact = "a=" + String(repeating: "v", count: 8190)
    #expect(Baggage(header: exact)?["a"]?.count == 8190)
    #expect(Baggage(header: exact + ",b=1")?.entries.count == 1)
    #expect(Baggage(header: exact + "v") == nil)
  }

  @Test("of baggage keeps the last value of a key, within the limit for outgoing headers")
  func repeated() throws {
    let baggage = try #require(Baggage(header: "a=1,b=2,a=3,b=%,a=%FF"))
    #expect(baggage.entries.map(\.key) == ["a", "b"])
    #expect(baggage["a"] == "\u{FFFD}" && baggage["b"] == "%")
    // A value that grows when it is re-encoded stays within the limit.
    let growing = try #require(
      Baggage(header: "a=1," + Self.baggage(60) { "k\($0)=" + String(repeating: "%", count: 120) }))
    #expect(try #require(growing.headerValue).utf8.count <= Baggage.maximumBytes)
  }

  @Test("is read in a time that does not grow with it")
  func time() {
    // Quadratic work on these would take hours.
    let megabytes = 20_000_000
    #expect(Baggage(header: String(repeating: "a=1,", count: megabytes / 4)) != nil)
    #expect(Baggage(header: String(repeating: ",", count: megabytes)) == nil)
    #expect(Baggage(header: "a=1" + String(repeating: ";p=1", count: megabytes / 4)) == nil)
    #expect(TraceState(header: String(repeating: "a=1,", count: megabytes / 4)) == nil)
    #expect(TraceState(header: String(repeating: " ", count: megabytes)) == nil)
    #expect(ExtractedContext(b3: String(repeating: " ", count: megabytes) + "0") == nil)
    #expect(TraceContext(traceparent: String(repeating: "0", count: megabytes)) == nil)
    let propagator = TracePropagator()
    for name in ["b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags", "traceparent", "tracestate"] {
      for byte in [" ", "0", ",", "a"] {
        _ = propagator.extract(from: [name: String(repeating: byte, count: 1_000_000)])
      }
    }
    #expect(propagator.headers(inText: String(repeating: "a=b&", count: megabytes / 4)).isEmpty)
  }

  @Test("of tracestate within the limits of its rules is read whole")
  func traceState() {
    let member = { (number: Int) in
      "k\(number)" + String(repeating: "a", count: 252) + "=" + String(repeating: "v", count: 256)
    }
    let header = (10..<42).map(member).joined(separator: ", ")
    #expect(TraceState(header: header)?.members.count == 32)
  }
}
