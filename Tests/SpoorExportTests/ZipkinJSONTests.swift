// SPDX-License-Identifier: Apache-2.0

import SpoorExport
import SpoorJournal
import Testing

@Suite("A record as Zipkin JSON")
struct ZipkinJSONTests {
  let plain = Recorded().with { $0.name("place order") }

  /// The beginning of every expected text.
  let head = #"{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"a2fb4a1d1a96d312","name":"place order","#
  let times = #""timestamp":1699366981234567,"duration":1234,"#
  let local = #""localEndpoint":{"serviceName":"order-service"}"#

  @Test("A root has no parent, and an internal span no kind")
  func root() {
    #expect(plain.json == head + times + local + "}")
  }

  @Test("A server span with a parent has both, with members in Zipkin's order")
  func child() {
    var span = plain.with {
      $0.parentSpanID = 0x0000_0000_0000_00ff
      $0.kind = .server
      $0.flags = [.debug, .shared]
    }
    span.attribute("http.request.method", "GET")
    span.attribute("http.response.status_code", 200)
    span.attribute("client.address", "192.0.2.7")
    span.event("cache miss", at: 1_699_366_981_234_999_999)
    #expect(
      span.json == #"{"traceId":"463ac35c9f6413ad48485a3953bb6124","parentId":"00000000000000ff","#
        + #""id":"a2fb4a1d1a96d312","kind":"SERVER","name":"place order","# + times + local
        + #","remoteEndpoint":{"ipv4":"192.0.2.7"},"annotations":[{"timestamp":1699366981234999,"value":"cache miss"}],"#
        + #""tags":{"http.request.method":"GET","http.response.status_code":"200","client.address":"192.0.2.7"},"#
        + #""debug":true,"shared":true}"#)
  }

  @Test("A 64-bit trace id has 16 digits")
  func shortTraceID() {
    let json = plain.with { $0.traceIDHigh = 0 }.json
    #expect(json?.hasPrefix(#"{"traceId":"48485a3953bb6124","id":"#) == true)
  }

  @Test("A span without an id is not encoded", arguments: [(0, 0, 1), (1, 1, 0)] as [(UInt64, UInt64, UInt64)])
  func zeroIDs(high: UInt64, low: UInt64, span: UInt64) {
    #expect(plain.with { ($0.traceIDHigh, $0.traceIDLow, $0.spanID) = (high, low, span) }.json == nil)
  }

  @Test(
    "A duration of less than a microsecond becomes one",
    arguments: [(1, 1), (999, 1), (1999, 1), (2000, 2)] as [(UInt64, Int)])
  func durations(nanoseconds: UInt64, microseconds: Int) {
    let json = plain.with { $0.durationNanoseconds = nanoseconds }.json
    #expect(json?.contains(#""duration":\#(microseconds),"#) == true)
  }
}
