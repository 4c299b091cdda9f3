import Testing

@testable import SpoorGrep

@Suite struct QueryTests {
  private let line = Array(
    #"""
    {"timestamp":"2023-11-07T14:23:01.234Z","level":"warning","service":"order","trace_id":"463AC-opaque/1",
    "event":"payment_timeout","retry_count":2,"error.type":"PaymentTimeout","error":{"code":7},"paid":false,"a":null}
    """#.utf8)

  @Test(arguments: [
    ("event=payment_timeout", true), ("event=payment", false), ("event~timeout", true), ("event!~timeout", false),
    ("retry_count>1", true), ("retry_count>2", false), ("retry_count>=2", true), ("retry_count<2", false),
    ("retry_count<=2", true), ("retry_count=2.0", true), ("retry_count!=2", false), ("error.type~Timeout", true),
    ("error.code=7", true), ("paid=false", true), ("a=null", true), ("absent=1", false), ("absent!=1", true),
    ("level>1", false), ("timestamp>2023-11-07T14:00:00Z", true), ("463AC", true), ("463ac", false), ("opaque", false),
    ("463AC-opaque/1", true),
  ])
  func aTermHoldsOrNot(term: String, expected: Bool) throws {
    var query = LogQuery()
    let isTaken = query.add(term)
    #expect(isTaken)
    let record = try #require(LogRecord(line))
    #expect(query.matches(record) == expected)
  }

  @Test(arguments: [
    "event=payment_timeout", "retry_count>1", "error.code=7", "463AC-opaque/1", "error.type~Timeout", "retry_count=2.0",
  ])
  func whatALineMustContainIsInEveryLineThatMatches(term: String) {
    var query = LogQuery()
    let isTaken = query.add(term)
    #expect(isTaken)
    #expect(!query.literal.isEmpty)
    #expect(String(decoding: line, as: UTF8.self).contains(String(decoding: query.literal, as: UTF8.self)))
  }

  @Test func aSecondTraceIDIsRefused() {
    var query = LogQuery()
    let isFirstTaken = query.add("463ac")
    let isSecondTaken = query.add("5af71")
    #expect(isFirstTaken && !isSecondTaken)
  }

  @Test(arguments: [
    ("2023-11-07T14:23:01.234Z", 1_699_366_981_234_000), ("2023-11-07 14:23:01.234567+01:00", 1_699_363_381_234_567),
    ("2024-02-29T00:00Z", 1_709_164_800_000_000), ("1970-01-01", 0), ("-1h", -3_600_000_000),
    ("2d12h", -216_000_000_000), ("-90s", -90_000_000), ("now", 0),
  ])
  func aTimeIsReadAsItIsWritten(text: String, microseconds: Int64) {
    #expect(Timestamp.argument(text, now: 0) == microseconds)
  }

  @Test(arguments: ["", "-", "yesterday", "1", "-1y", "2023-13-01", "99999999999999999999h", "2023-11-07T25:00:00Z"])
  func whatIsNoTimeIsRefused(text: String) {
    #expect(Timestamp.argument(text, now: 0) == nil)
  }
}
