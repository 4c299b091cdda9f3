// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Failures of services that Spoor knows nothing about, with causes that nobody has prepared for: one call of
/// `spoor errors` names them. The records are in the form that structlog and ecs-logging write them.
@Suite struct UnpreparedCaseTests {
  private static func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "a", count: 32 - digits.count) + digits
  }

  private static func time(_ number: Int) -> String {
    let milliseconds = String(number % 1000)
    return "2026-11-30T20:43:\(27 + number / 1000)." + String(repeating: "0", count: 3 - milliseconds.count)
      + milliseconds
  }

  private static func errors(_ lines: [String]) throws -> String {
    let result = try run(spoor, ["errors", "-"], input: Data((lines.joined(separator: "\n") + "\n").utf8))
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  /// A replica could not read new exchange rates, so it does not know a currency that the others know.
  @Test func aReplicaWithAnOldConfigurationIsTold() throws {
    func structlog(_ number: Int, _ level: String, _ event: String, _ fields: String) -> String {
      let service = event.hasPrefix("checkout") ? "shop" : "pricing"
      return #"""
        {"timestamp":"\#(Self.time(number))Z","level":"\#(level)","service":"\#(service)",\#(fields),"event":"\#(event)"}
        """#
    }
    func exception(_ type: String, _ value: String, _ frames: [(String, Int)]) -> String {
      let frames = frames.map {
        #"{"filename":"/app/rates.py","lineno":\#($0.1),"name":"\#($0.0)","locals":{"a":"1"}}"#
      }
      return #""exception":[{"exc_type":"\#(type)","exc_value":"\#(value)","is_cause":false,"frames":["#
        + frames.joined(separator: ",") + "]}]"
    }
    var lines = [
      structlog(
        0, "warning", "rates_reload_failed",
        #""host":"pricing-b","# + exception("JSONDecodeError", "Expecting ',' delimiter", [("reload", 32)]))
    ]
    for number in 0..<40 {
      let (host, currency) = (number % 2 == 0 ? "pricing-a" : "pricing-b", number % 4 < 2 ? "SEK" : "EUR")
      let trace = #""trace_id":"\#(Self.id(number))""#
      lines.append(structlog(number * 10 + 1, "info", "checkout_started", trace))
      let fields = #"\#(trace),"host":"\#(host)","currency":"\#(currency)""#
      if host == "pricing-b", currency == "SEK" {
        let error = exception("KeyError", "'SEK'", [("quote", 41), ("convert", 36)])
        lines.append(structlog(number * 10 + 2, "error", "quote_failed", fields + "," + error))
        lines.append(structlog(number * 10 + 3, "error", "checkout_failed", trace + #","status":500"#))
      } else {
        lines.append(structlog(number * 10 + 2, "info", "quoted", fields))
      }
    }
    let output = try Self.errors(lines)
    let kinds = output.components(separatedBy: "\n\n")
    try #require(kinds.count == 3, "\(output)")
    for part in [
      "1  pricing quote_failed  × 10", "KeyError: 'SEK'\n     at convert", "/app/rates.py:36\n     at quote",
      "host=pricing-b (33 % of good traces)", "currency=SEK (33 % of good traces)", "then shop checkout_failed in 10",
    ] { #expect(kinds[1].contains(part), "\(part) in \(output)") }
    #expect(kinds[2].contains("2  pricing rates_reload_failed  × 1\n   JSONDecodeError"), "\(output)")
    #expect(kinds[2].contains("at reload") && kinds[2].contains("host=pricing-b"), "\(output)")
  }

  /// Orders time out on a lock that a long export keeps. The export itself succeeds.
  @Test func theTraceThatKeepsALockIsNamed() throws {
    let export = Self.id(1_000)
    func ecs(_ number: Int, _ level: String, _ service: String, _ message: String, _ trace: String, _ more: String = "")
      -> String
    {
      #"""
      {"@timestamp":"\#(Self.time(number))Z","log.level":"\#(level)","message":"\#(message)","ecs.version":"1.6.0",\#(more)"log":{"logger":"\#(service)","origin":{"file":{"line":37,"name":"lock.py"},"function":"order"},"original":"\#(message)"},"process":{"name":"MainProcess","pid":3676,"thread":{"id":1396518346,"name":"T"}},"service":{"name":"\#(service)"},"trace":{"id":"\#(trace)"}}
      """#
    }
    let stack =
      #"  File \"/app/lock.py\", line 19, in reserve\n    take(trace, 0.25)\n  File \"/app/lock.py\", line 13, in take\n    raise Busy\n"#
    var lines = [ecs(0, "info", "stock", "export_started", export)]
    for number in 0..<12 {
      let trace = Self.id(number)
      lines.append(ecs(number * 10, "info", "api", "order_received", trace))
      guard number > 3 else { continue }
      let waited = #""wait_ms":250.\#(number),"lock_holder":"\#(export)","#
      let error = #""error":{"type":"Busy","message":"the stock table is locked","stack_trace":"\#(stack)"},"#
      // The clock has milliseconds, and the caller's record is read first.
      let answered = number % 3 == 0 ? number * 10 + 5 : number * 10 + 6
      lines.append(ecs(answered, "error", "api", "order_rejected", trace, #""http":{"response":{"status_code":503}},"#))
      lines.append(ecs(number * 10 + 5, "error", "stock", "reservation_failed", trace, waited + error))
    }
    let output = try Self.errors(lines)
    for part in [
      "1  stock reservation_failed  × 8", "Busy: the stock table is locked\n     at take",
      "/app/lock.py:13\n     at reserve",
      "lock_holder names in 8 of 8 traces one without a failure (stock export_started): spoor trace \(export)",
      "wait_ms=250.1 … 250.9", "then api order_rejected in 8",
    ] { #expect(output.contains(part), "\(part) in \(output)") }
    #expect(!output.contains("2  api"), "\(output)")
    let trace = try run(
      spoor, ["trace", Self.id(5), "-"], input: Data((lines.joined(separator: "\n") + "\n").utf8)
    ).output
    #expect(trace.contains("http.response.status_code=503") && !trace.contains("process"), "\(trace)")
    let difference = try run(
      spoor, ["diff", Self.id(1), Self.id(5), "-"], input: Data((lines.joined(separator: "\n") + "\n").utf8)
    ).output
    for part in [
      "\(Self.id(5))  3 log records, no spans",
      "new log records\n  + stock reservation_failed: Busy: the stock table is locked",
      "  + api order_rejected",
    ] { #expect(difference.contains(part), "\(part) in \(difference)") }
  }

  /// A message that cannot be read blocks one partition; before and beside that, some receipts time out anywhere.
  @Test func theExampleOfAKindHasWhatOnlyItsTracesHaveAndEarlierKindsAreTold() throws {
    var lines: [String] = []
    func record(_ number: Int, _ level: String, _ event: String, _ fields: String) {
      lines.append(
        #"{"@timestamp":"\#(Self.time(number))Z","log.level":"\#(level)","service.name":"till","trace.id":"\#(Self.id(number))","#
          + #""message":"\#(event)"\#(fields)}"#)
    }
    for number in 0..<400 {
      let partition = number % 8
      let isImport = number == 100
      record(
        number, "info", "sale published",
        #","partition":\#(isImport ? 5 : partition),"vat":"\#(isImport ? "19,0" : "19.0")""#)
      if isImport {
        record(
          number, "warn", "sale will be retried",
          #","partition":5,"error.type":"NumberFormat","error.message":"comma","error.stack_trace":"parse at V.java:41""#
        )
      } else if number == 16 || number == 201 || number > 100 && partition == 5 {
        record(number, "error", "receipt missing", #","error.type":"Timeout","error.message":"no receipt after 8 s""#)
      }
    }
    let output = try Self.errors(lines)
    let kinds = output.components(separatedBy: "\n\n")
    #expect(kinds.count == 3, "\(output)")
    // The noise began at 16, outside the partition.
    for part in [
      "mostly they: partition=5 (", "from \(Self.time(101))Z on); earlier all of (2)", "spoor trace \(Self.id(101))",
    ] {
      #expect(kinds[1].contains(part), "\(part) in \(output)")
    }
    for part in ["only they: vat=19,0 (no good trace)", "spoor trace \(Self.id(100))"] {
      #expect(kinds[2].contains(part), "\(part) in \(output)")
    }
  }
}
