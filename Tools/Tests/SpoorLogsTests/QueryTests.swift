// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorLogs

@Suite struct QueryTests {
  private let record = #"""
    {"timestamp":"2023-11-07T14:23:01.234Z","level":"WARN","service":{"name":"order"},"trace_id":"463ac35c9f6413ad48485a3953bb6124","event":"payment_timeout","retry_count":2,"error.type":"PaymentTimeout","error":{"code":7},"paid":false,"a":null,"order_id":"ORD7890","user_id":1234567890123456789,"duration_ms":631,"took":"1.5 s","message":"payment \"failed\" für x","spans":["a","b"],"items":[{"sku":"L1"},{"sku":"L2"}],"ratio":0.5}
    """#

  @Test(arguments: [
    ("event=payment_timeout", true), ("event=payment", false), ("event==payment_timeout", true),
    ("event:payment_timeout", true),
    ("event~timeout", true), ("event~^pay", true), ("event~pay.*t", true), (#"event~pay.*\d"#, false),
    ("event!~timeout", false),
    ("retry_count>1", true), ("retry_count>2", false), ("retry_count>=2", true), ("retry_count<2", false),
    ("retry_count<=2", true), ("retry_count=2.0", true), ("retry_count!=2", false), ("error.type~Timeout", true),
    ("error.code=7", true), ("paid=false", true), ("a=null", true), ("absent=1", false), ("absent!=1", true),
    ("level>=warning", true), ("level=warning", true), ("level==warn", true), ("level>warning", false),
    ("level<error", true),
    ("level!=error", true), ("severity=warning", true), ("timestamp>2023-11-07T14:00:00Z", true),
    ("timestamp<2023-11-07T15:23:01+01:00", false), ("service=order", true), ("payment_timeout", true),
    ("ORD7890", true),
    ("ord7890", false), ("ORD7891", false), ("463ac35c", true), ("463AC35C", true), ("463ac35d", false),
    ("463AC35C9F6413AD48485A3953BB6124", true), ("00-463ac35c9f6413ad48485a3953bb6124-48485a3953bb6124-01", true),
    ("trace_id=463AC35C9F6413AD48485A3953BB6124", true), ("a=1 or retry_count=2", true),
    ("a=1 or retry_count=3", false),
    ("not paid=true", true), ("not (paid=false and retry_count=2)", false), ("(a=1 or b=2) and ORD7890", false),
    ("(a=1 or retry_count=2) and ORD7890", true), ("a=1 || retry_count=2", true), ("paid=false && retry_count=2", true),
    ("user_id=1234567890123456789", true), ("user_id=1234567890123456788", false),
    ("user_id=1234567890123456790", false),
    ("user_id>1234567890123456788", true), ("user_id>1234567890123456789", false),
    ("user_id<1234567890123456790", true),
    ("duration_ms>200ms", true), ("duration_ms>1s", false), ("took>1s", true), ("took<1600ms", true), ("spans=b", true),
    ("spans=c", false), ("items.sku=L2", true), ("items.sku=L3", false), ("ratio<1", true), ("ratio>0", true),
    ("\"payment \\\"failed\\\" für\"", true), ("für", true), ("message=payment \"failed\" für x", true),
    ("http://x", false),
  ])
  func aQueryHoldsOrNot(query: String, expected: Bool) throws {
    let records = try found(query, in: record)
    #expect(records.isEmpty != expected)
    // The search before parsing never hides a match.
    let parsed = try QueryParser.parse([query], now: 0)
    let without = try found(parsed, in: Array(record.utf8), usesLiterals: false)
    #expect(without.isEmpty != expected)
  }

  @Test(arguments: [
    ("ord7890", true), ("event=PAYMENT_TIMEOUT", true), ("event~^PAY", true), ("event=payment", false),
  ])
  func theCaseOfLettersCanBeIgnored(query: String, expected: Bool) throws {
    let records = try found(query, in: record, ignoringCase: true)
    #expect(records.isEmpty != expected)
  }

  @Test(arguments: [
    ("level>=loud", "level"), ("event~(", "regular expression"), ("(a=1", ")"), ("a=1)", ")"), ("a=1 or", "ends"),
    ("and a=1", "before"), ("retry_count>many", "number"), ("\"open", "second"), ("--x", "option"),
  ])
  func aQueryThatCannotBeUnderstoodIsExplainedInOneLine(query: String, part: String) {
    let error = #expect(throws: QueryError.self) { try QueryParser.parse([query], now: 0) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test(arguments: ["463ac35c-9f64-13ad-4848-5a3953bb6124", "1-463ac35c-9f6413ad48485a3953bb6124"])
  func anIDWithDashesIsFoundByItsDigits(id: String) throws {
    let records = try found("463ac35c9f6413ad48485a3953bb6124", in: #"{"trace_id":"\#(id)"}"#)
    #expect(records.count == 1)
  }

  @Test func severalArgumentsAllHold() throws {
    let both = try found("event=payment_timeout", "retry_count>1", in: record)
    #expect(both.count == 1)
    let one = try found("event=payment_timeout", "retry_count>2", in: record)
    #expect(one.isEmpty)
    let words = try found("a=1", "or", "retry_count=2", in: record)
    #expect(words.count == 1)
  }

  @Test func a64BitNumberFindsExactlyItself() throws {
    let ids = [
      "1234567890123456788", "1234567890123456789", "1234567890123456790", "18446744073709551615",
      "18446744073709551616",
    ]
    let text = ids.map { #"{"user_id":\#($0)}"# }.joined(separator: "\n")
    for id in ids {
      let records = try found("user_id=\(id)", in: text)
      #expect(records.map { $0["user_id"]?.text } == [id])
    }
    let above = try found(
      "user_id>1234567890123456789", in: ids.prefix(3).map { #"{"user_id":\#($0)}"# }.joined(separator: "\n"))
    #expect(above.map { $0["user_id"]?.text } == ["1234567890123456790"])
  }

  @Test(arguments: [
    (#"{"level":30}"#, LogLevel.info), (#"{"level":60}"#, .critical), (#"{"severityNumber":13}"#, .warning),
    (#"{"PRIORITY":"3"}"#, .error), (#"{"level_value":40000}"#, .error), (#"{"lvl":"dpanic"}"#, .critical),
    (#"{"level":"ERROR+4"}"#, .error), (#"{"log":{"level":"Warn"}}"#, .warning),
    (#"{"status":200,"level":"info"}"#, .info),
    (#"{"record":{"level":{"name":"WARNING"}}}"#, .warning), (#"{"severityText":"FATAL"}"#, .critical),
  ])
  func levelsOfAllLibrariesAreOne(line: String, level: LogLevel) throws {
    let records = try found("level=\(level.name)", in: line)
    #expect(records.count == 1)
  }

  @Test(arguments: [
    ("2023-11-07T14:23:01.234Z", 1_699_366_981_234_000), ("2023-11-07 14:23:01.234567+01:00", 1_699_363_381_234_567),
    ("2024-02-29T00:00Z", 1_709_164_800_000_000), ("1970-01-01", 0), ("-1h", 996_400_000_000),
    ("2d12h", 784_000_000_000),
    ("90s ago", 999_910_000_000), ("now", 1_000_000_000_000), ("today", 950_400_000_000),
    ("yesterday", 864_000_000_000),
    ("09:20", 984_000_000_000), ("10m", 999_400_000_000), ("1764321601", 1_764_321_601_000_000),
    ("1764321601500", 1_764_321_601_500_000), ("1764321601500000", 1_764_321_601_500_000),
    ("1764321601500000000", 1_764_321_601_500_000), ("1764321601.5", 1_764_321_601_500_000),
  ])
  func aTimeIsReadAsItIsTyped(text: String, microseconds: Int64) {
    #expect(Timestamp.argument(text, now: 1_000_000_000_000) == microseconds)
  }

  @Test(arguments: ["", "-", "1", "-1y", "2023-13-01", "99999999999999999999h", "2023-11-07T25:00:00Z", "soon"])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(Timestamp.argument(text, now: 0) == nil)
  }
}
