// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing
import Tracing

@Suite("Whose trace is continued")
struct TrustedPeersTests {
  static let headers = ["b3": "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-d", "baggage": "user=1"]

  private func extracted(
    _ peers: TrustedPeers, _ headers: [String: String] = headers, from address: String? = nil
  ) -> ServiceContext {
    var context = ServiceContext.topLevel
    context.peerAddress = address
    TracePropagator(trustedPeers: peers).extract(from: headers, into: &context)
    return context
  }

  @Test("An untrusted caller is linked: no ids, no debug flag, no baggage")
  func linked() {
    let context = extracted(.nobody)
    #expect(context.remoteTraceContext == nil && context.baggage == nil)
    #expect(context.remoteLinks.map(\.spanID.description) == ["a2fb4a1d1a96d312"])
  }

  @Test("An untrusted caller's decision without ids is ignored", arguments: ["0", "1", "d"])
  func strangersDecision(b3: String) {
    let context = extracted(.nobody, ["b3": b3])
    #expect(context.remoteTraceContext == nil && context.remoteLinks.isEmpty)
  }

  @Test("The service's own baggage stays if an untrusted caller calls")
  func ownBaggage() throws {
    var context = ServiceContext.topLevel
    var own = Baggage()
    try own.set("eu", forKey: "region")
    context.baggage = own
    TracePropagator(trustedPeers: .nobody).extract(from: Self.headers, into: &context)
    #expect(context.baggage?.headerValue == "region=eu")
  }

  @Test(
    "A rule on the address decides",
    arguments: [("10.1.2.3", true), ("11.1.2.3", false), (nil, false), ("fd00::7", true), ("not an address", false)]
      as [(String?, Bool)])
  func byAddress(address: String?, isTrusted: Bool) throws {
    let ranges = [try #require(AddressRange("10.0.0.0/8")), try #require(AddressRange("fd00::/8"))]
    let context = extracted(.addresses(ranges), from: address)
    #expect((context.remoteTraceContext != nil) == isTrusted)
    #expect(context.remoteLinks.isEmpty == isTrusted && (context.baggage != nil) == isTrusted)
  }

  @Test("A rule on a header that the proxy in front sets decides", arguments: [("true", true), ("false", false)])
  func byHeader(value: String, isTrusted: Bool) {
    let headers = Self.headers.merging(["X-Envoy-Internal": value]) { $1 }
    let peers = TrustedPeers.header("x-envoy-internal", "true").or(.nobody)
    #expect((extracted(peers, headers).remoteTraceContext != nil) == isTrusted)
  }

  @Test("A link of the previous request is removed from a reused context")
  func usedAgain() {
    var context = extracted(.nobody)
    TracePropagator(trustedPeers: .nobody).extract(from: [:], into: &context)
    #expect(context.remoteLinks.isEmpty)
  }

  @Test("Links and a context do not replace each other")
  func bothInAContext() throws {
    let caller = try #require(TraceContext(b3: Self.headers["b3", default: ""]))
    var context = ServiceContext.topLevel
    context.remoteLinks = [caller]
    context.remoteTraceContext = .samplingOnly(.debug)
    #expect(context.remoteLinks == [caller] && context.remoteTraceContext == .samplingOnly(.debug))
    context.remoteTraceContext = nil
    #expect(context.remoteLinks == [caller])
    context.remoteLinks = []
    #expect(context.isEmpty)
  }
}

@Suite("A range of addresses")
struct AddressRangeTests {
  @Test(
    "contains addresses that begin with its bits",
    arguments: [
      ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.20.30.40/8", "10.0.0.1", true),
      ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
      ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "8.8.8.8", true),
      ("0.0.0.0/0", "::1", false), ("::1", "::1", true), ("fe80::/10", "fe80::1%eth0", true),
      ("2001:db8::/33", "2001:db8:8000::", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
      ("::ffff:10.0.0.0", "10.0.0.0", true), ("10.0.0.0/8", "", false), ("10.0.0.0/8", "10.1", false),
    ])
  func contains(range: String, address: String, expected: Bool) throws {
    #expect(try #require(AddressRange(range)).contains(address) == expected)
  }

  @Test(
    "is refused if it is invalid",
    arguments: [
      "", "/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0", "::/129", "example.org",
    ])
  func refused(text: String) {
    #expect(AddressRange(text) == nil)
  }
}
