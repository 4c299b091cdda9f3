// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorLogs

/// Fields that are read from a record without a copy of it: each is what the copy has.
@Suite struct RecordFieldTests {
  private static let names =
    [
      "level", "event", "message", "trace_id", "span_id", "service", "timestamp", "order_id", "error.type",
      "error.code",
      "log.level", "jsonPayload.message", "record.level.name", "extra.order_id", "http.request.method", "a", "a.b",
      "a.b.c", "items.sku", "service.name", "attributes", "fields", "body", "body.stringValue", "n",
    ] + CommonNames.shared.traces.paths.map(\.name)

  private static func check(_ bytes: [UInt8]) throws -> Int {
    let reader = RecordReader(MemorySource(bytes))
    var count = 0
    while let item = try reader.next() {
      guard case .record(let view) = item else { continue }
      count += 1
      let record = LogRecord(view)
      for name in names + record.members.map(\.key) + record.details.map(\.key) {
        let field = RecordField(name)
        let expected = record.field(name)
        #expect(field.text(of: view) == expected, "\(name)")
        var bytes: [UInt8] = [1]
        #expect(field.append(of: view, to: &bytes) == (expected != nil), "\(name)")
        #expect(bytes == [1] + Array((expected ?? "").utf8), "\(name)")
        let number = field.number(of: view)
        let expectedNumber = expected.flatMap { Double($0) }
        #expect(number == expectedNumber || number?.isNaN == true && expectedNumber?.isNaN == true, "\(name)")
      }
      #expect(view.time == record.time)
    }
    return count
  }

  @Test func theyAreThoseOfACopyInEverySampleAndCarrierAlsoIfDamaged() throws {
    let seed = UInt64.random(in: 1...UInt64.max)
    print("RecordFieldTests seed \(seed)")
    var random = Seeded(state: seed)
    var count = 0
    for _ in 0..<60 { count += try Self.check(try LogTexts.mixed(&random)) }
    #expect(count > 200)
  }

  @Test(arguments: [
    #"{"a":{"b":{"c":1}},"a.b":{"c":2},"a.b.c":3}"#, #"{"a":{"b":{"c":1}},"a.b":{"c":2}}"#, #"{"a":[{"b":1},{"b":2}]}"#,
    #"{"a":[1,{"b":2}]}"#, #"{"a":1,"a":2}"#, #"{"a":{"b":1},"a":{"c":2}}"#, #"{"a":null,"n":true}"#,
    #"{"fields":{"a":1,"extra":{"b":2}},"jsonPayload":{"n":3}}"#, #"{"record":{"extra":{"a":{"b":1}}}}"#,
    #"{"fields":{"a":1},"fields":{"n":2}}"#, #"{"attributes":[{"key":"a","value":{"intValue":"7"}}]}"#,
    #"{"attributes":[{"key":"a","key":"b","value":{}},{"key":"a.b","value":{"stringValue":"x"}}]}"#,
    #"{"attributes":{"a":1},"attributes":[{"key":"n","value":{"doubleValue":1.5}}]}"#,
    #"{"n":1.0,"a":-0.0,"a.b":18446744073709551615}"#, #"{"n":1e400,"a":NaN,"a.b":123456789012345678901234567890}"#,
    #"{"n":"0x10","a":" 7","a.b":"1e3"}"#,
  ])
  func theyAreThoseOfACopyWhereFieldsAreNestedOrOccurTwice(line: String) throws {
    #expect(try Self.check(Array(line.utf8)) == 1)
  }
}
