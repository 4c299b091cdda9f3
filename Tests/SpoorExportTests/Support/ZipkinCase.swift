// SPDX-License-Identifier: Apache-2.0

import SpoorJournal
import Testing

@testable import SpoorExport

/// A record and the span that every decoder must report for its encoding: one table for all formats.
struct ZipkinCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let recorded: Recorded
  let expected: DecodedSpan

  /// Starts from a record "place order" and its span.
  init(_ description: String, _ record: (inout Recorded) -> Void, _ expect: (inout DecodedSpan) -> Void = { _ in }) {
    testDescription = description
    var recorded = Recorded()
    recorded.name("place order", sequence: 1)
    record(&recorded)
    self.recorded = recorded
    var expected = DecodedSpan()
    expect(&expected)
    self.expected = expected
  }

  static let all = identities + attributes + texts + failures + happenings + resources

  static let identities: [ZipkinCase] = [
    ZipkinCase("a root", { _ in }),
    ZipkinCase("a child", { $0.parentSpanID = 0xff }, { $0.parentId = "00000000000000ff" }),
    ZipkinCase("a 64-bit trace id", { $0.traceIDHigh = 0 }, { $0.traceId = "48485a3953bb6124" }),
    ZipkinCase(
      "ids with leading zeros", { ($0.traceIDHigh, $0.traceIDLow, $0.spanID) = (1, 2, 3) },
      { ($0.traceId, $0.id) = ("00000000000000010000000000000002", "0000000000000003") }),
    ZipkinCase("a parent equal to the span", { $0.parentSpanID = $0.spanID }),
    ZipkinCase("a server", { $0.kind = .server }, { $0.kind = "SERVER" }),
    ZipkinCase("a client", { $0.kind = .client }, { $0.kind = "CLIENT" }),
    ZipkinCase("a producer", { $0.kind = .producer }, { $0.kind = "PRODUCER" }),
    ZipkinCase("a consumer", { $0.kind = .consumer }, { $0.kind = "CONSUMER" }),
    ZipkinCase("debug", { $0.flags = .debug }, { $0.debug = true }),
    ZipkinCase(
      "a server span that shares the client's id", { ($0.kind, $0.flags) = (.server, .shared) },
      { ($0.kind, $0.shared) = ("SERVER", true) }),
    ZipkinCase(
      "a client span with the shared flag", { ($0.kind, $0.flags) = (.client, .shared) }, { $0.kind = "CLIENT" }),
    ZipkinCase("less than a microsecond", { $0.durationNanoseconds = 1 }, { $0.duration = 1 }),
    ZipkinCase("no start", { $0.startNanoseconds = 0 }, { $0.timestamp = nil }),
    ZipkinCase(
      "the largest time in 64 bits", { ($0.startNanoseconds, $0.durationNanoseconds) = (.max, .max) },
      { ($0.timestamp, $0.duration) = (18_446_744_073_709_551, 18_446_744_073_709_551) }),
    ZipkinCase("renamed", { $0.name("POST /orders", sequence: 2) }, { $0.name = "POST /orders" }),
    ZipkinCase("renamed: the last name wins", { $0.name("old", sequence: 0) }),
    ZipkinCase("renamed to the empty name", { $0.name("", sequence: 2) }, { $0.name = nil }),
  ]
}
