// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import Hummingbird
import IntegrationSupport
import SpoorTesting
import Testing
import TraceContextRelay
import Tracing

/// The rules of the W3C's public test suite, over sockets: which headers a service sends on for those that it received.
/// Serialized, because each test has two servers and two clients.
@Suite(.serialized) struct TraceContextRelayTests {
  /// What the relay must do with the trace that it received.
  enum Fate: Sendable { case continued, anew }

  struct Rule: Sendable, CustomTestStringConvertible {
    let reason: String
    let headers: [(String, String)]
    let fate: Fate
    /// The expected members of `tracestate` without Spoor's; nil if the row does not check them.
    var members: [String]?
    var testDescription: String { reason }

    init(_ reason: String, _ headers: [(String, String)], _ fate: Fate, members: [String]? = nil) {
      self.reason = reason
      self.headers = headers
      self.fate = fate
      self.members = members
    }
  }

  static let trace = "12345678901234567890123456789012"
  static let span = "1234567890123456"
  static let valid = ("traceparent", "00-\(trace)-\(span)-01")

  static func parent(_ value: String) -> [(String, String)] { [("traceparent", value)] }
  static func state(_ values: String...) -> [(String, String)] { [valid] + values.map { ("tracestate", $0) } }

  static let traceparents = [
    Rule("a request without headers begins a trace", [], .anew),
    Rule("a valid traceparent is continued", [valid], .continued),
    Rule("the header's name is case-insensitive", [("TrAcEpArEnT", "00-\(trace)-\(span)-01")], .continued),
    Rule("a similar header name is ignored", [("trace-parent", "00-\(trace)-\(span)-01")], .anew),
    Rule(
      "two traceparent headers count as absent", [valid, ("traceparent", "00-\(trace.dropLast())3-\(span)-01")], .anew),
    Rule("version 00 must end after the flags", parent("00-\(trace)-\(span)-01-more"), .anew),
    Rule("version 00 must not have another field", parent("00-\(trace)-\(span)-01."), .anew),
    Rule("a later version is read by the same prefix", parent("cc-\(trace)-\(span)-01"), .continued),
    Rule("a later version may be longer", parent("cc-\(trace)-\(span)-01-what-the-future-holds"), .continued),
    Rule("the rest of a later version must begin with a hyphen", parent("cc-\(trace)-\(span)-01.what"), .anew),
    Rule("version ff is invalid", parent("ff-\(trace)-\(span)-01"), .anew),
    Rule("a version must have hexadecimal digits", parent(".0-\(trace)-\(span)-01"), .anew),
    Rule("a version must not have three digits", parent("000-\(trace)-\(span)-01"), .anew),
    Rule("a version must not have one digit", parent("0-\(trace)-\(span)-01"), .anew),
    Rule("a trace id of zeros is invalid", parent("00-\(String(repeating: "0", count: 32))-\(span)-01"), .anew),
    Rule("a trace id must be lower case", parent("00-ABCDEF78901234567890123456789012-\(span)-01"), .anew),
    Rule("a trace id must have hexadecimal digits", parent("00-.2345678901234567890123456789012-\(span)-01"), .anew),
    Rule("a trace id must not be longer", parent("00-\(trace)1-\(span)-01"), .anew),
    Rule("a trace id must not be shorter", parent("00-\(trace.dropLast())-\(span)-01"), .anew),
    Rule("a span id of zeros is invalid", parent("00-\(trace)-0000000000000000-01"), .anew),
    Rule("a span id must have hexadecimal digits", parent("00-\(trace)-.234567890123456-01"), .anew),
    Rule("a span id must not be longer", parent("00-\(trace)-\(span)7-01"), .anew),
    Rule("a span id must not be shorter", parent("00-\(trace)-\(span.dropLast())-01"), .anew),
    Rule("flags must have hexadecimal digits", parent("00-\(trace)-\(span)-.0"), .anew),
    Rule("flags must not have three digits", parent("00-\(trace)-\(span)-001"), .anew),
    Rule("flags must not have one digit", parent("00-\(trace)-\(span)-1"), .anew),
    Rule("blanks around the value are ignored", parent(" \t00-\(trace)-\(span)-01\t "), .continued),
  ]

  static let long = (key: String(repeating: "k", count: 256), value: String(repeating: "v", count: 256))

  static let tracestates = [
    Rule("tracestate is passed on", state("foo=1,bar=2"), .continued, members: ["foo=1", "bar=2"]),
    Rule("tracestate without traceparent is ignored", [("tracestate", "foo=1")], .anew, members: []),
    Rule(
      "several tracestate headers are one list", state("foo=1,bar=2", "rojo=1", "congo=2"), .continued,
      members: ["foo=1", "bar=2", "rojo=1", "congo=2"]),
    Rule("an empty header is ignored", state(""), .continued, members: []),
    Rule("an empty header beside another is ignored", state("", "foo=1"), .continued, members: ["foo=1"]),
    Rule(
      "blanks around members are ignored", state("foo=1 \t , \t bar=2, \t baz=3"), .continued,
      members: ["foo=1", "bar=2", "baz=3"]),
    Rule("tracestate's name is case-insensitive", [valid, ("TraceState", "foo=1")], .continued, members: ["foo=1"]),
    Rule("a blank within a key makes all of it invalid", state("foo =1"), .continued, members: []),
    Rule("an upper-case key makes all of it invalid", state("FOO=1"), .continued, members: []),
    Rule("a key with a dot makes all of it invalid", state("foo.bar=1"), .continued, members: []),
    Rule("a key of 256 bytes is valid", state("\(long.key)=1"), .continued, members: ["\(long.key)=1"]),
    Rule("a key of 257 bytes is invalid", state("\(long.key)k=1"), .continued, members: []),
    Rule("a value of 256 bytes is valid", state("foo=\(long.value)"), .continued, members: ["foo=\(long.value)"]),
    Rule("a value of 257 bytes is invalid", state("foo=\(long.value)v"), .continued, members: []),
    Rule("a value must not contain =", state("foo=bar=baz"), .continued, members: []),
    Rule("a value must not be empty", state("foo=,bar=3"), .continued, members: []),
    Rule(
      "31 members leave room for Spoor's", state((1...31).map { "k\($0)=\($0)" }.joined(separator: ",")), .continued,
      members: (1...31).map { "k\($0)=\($0)" }),
    Rule(
      "33 members are too many", state((1...33).map { "k\($0)=\($0)" }.joined(separator: ",")), .continued,
      members: []),
  ]

  /// Sends the headers to a relay, and makes it call `count` times.
  private func relay(_ headers: [(String, String)], count: Int = 1) async throws -> [Mailbox.Letter] {
    let telemetry = try TelemetryCapture()
    let mailbox = Mailbox()
    let callbacks = Router()
    mailbox.addRoutes(to: callbacks, at: "callback")
    try await serving(callbacks) { target in
      let calls = (0..<count).map { #"{"url": "\#(target)/callback/\#($0)", "arguments": [{"deep": [1, null]}]}"# }
      try await withTracer(telemetry.tracer) {
        try await withTracedClient(telemetry.tracer) { http in
          let router = Router()
          router.add(middleware: TracingMiddleware())
          TraceContextRelay(http: http, timeout: .seconds(120)).addRoutes(to: router)
          try await serving(router) { address in
            try await Caller.with { caller in
              let answer = try await caller.post(
                address + "/test", headers, body: "[\(calls.joined(separator: ","))]")
              #expect(answer.status == 200)
            }
          }
        }
      }
    }
    return mailbox.letters
  }

  @Test("what a service sends on", arguments: traceparents + tracestates)
  func whatAServiceSendsOn(_ rule: Rule) async throws {
    let letters = try await relay(rule.headers)
    let letter = try #require(letters.count == 1 ? letters.first : nil)
    let traceparents = letter["traceparent"]
    let parts = try #require(traceparents.count == 1 ? traceparents.first?.split(separator: "-") : nil)
    #expect(parts.map(\.count) == [2, 32, 16, 2] && parts[0] == "00")
    #expect((parts[1] == Self.trace) == (rule.fate == .continued))
    #expect(parts[2] != Self.span)
    guard let members = rule.members else { return }
    let list = letter["tracestate"].joined(separator: ",").split(separator: ",").map(String.init)
    #expect(list.filter { !$0.hasPrefix("spoor=") } == members)
    #expect(list.count <= 32)
  }

  @Test func everyCallIsASpanOfItsOwn() async throws {
    let letters = try await relay([Self.valid], count: 3)
    let parts = letters.compactMap { $0["traceparent"].first?.split(separator: "-") }
    #expect(Set(parts.map { $0[1] }) == [Self.trace[...]] && Set(parts.map { $0[2] }).count == 3)
    #expect(letters.map(\.path) == ["/callback/0", "/callback/1", "/callback/2"])
    #expect(letters.allSatisfy { $0.body == #"[{"deep":[1,null]}]"# })
  }

  @Test func theFlagsOfARandomAndAnUnsampledTraceGoOn() async throws {
    let letter = try #require(try await relay([("traceparent", "00-\(Self.trace)-\(Self.span)-02")]).first)
    let flags = try #require(letter["traceparent"].first?.split(separator: "-").last.flatMap { UInt8($0, radix: 16) })
    #expect(flags & 2 == 2)
  }

  @Test(arguments: ["{}", "[1]", #"[{"arguments": []}]"#, "["])
  func aBodyThatIsNotTheContractsIsRefused(body: String) async throws {
    let telemetry = try TelemetryCapture()
    let status = try await withTracedClient(telemetry.tracer) { http in
      let router = Router()
      TraceContextRelay(http: http, timeout: .seconds(120)).addRoutes(to: router)
      return try await serving(router) { address in
        try await Caller.with { try await $0.post(address + "/test", body: body).status }
      }
    }
    #expect(status == 400)
  }
}
