// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorContext
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorLogging

private struct PaymentTimeout: TypedEvent {
  static let name: StaticString = "payment_timeout"
  static let level = Logger.Level.warning
  var orderID: String
  func write(to fields: inout EventFields) { fields.add("order_id", orderID) }
}

@Suite struct EventLogTests {
  private func written(
    _ settings: LogSettings = LogSettings(service: "test"), _ body: (EventLog, PipeBench) -> Void
  ) throws -> [String] {
    let bench = try PipeBench(settings: settings)
    body(EventLog(label: "orders", level: .info, pipeline: bench.pipeline), bench)
    #expect(bench.pipeline.writer.drain(nanoseconds: 10_000_000_000))
    return bench.lines()
  }

  /// The line without its time.
  private func content(_ line: String) -> Substring { line.drop { $0 != "," } }

  @Test func itsLineIsTheOneALoggerWrites() throws {
    let lines = try written { events, bench in
      for _ in 0..<2 { writeBoth(events, bench) }  // The second time uses the learned keys.
    }
    #expect(lines.count == 4)
    #expect(Set(lines.map(content)).count == 1)
    #expect(!lines.contains { $0.contains("hunter2") || $0.contains("abc") })
  }

  private func writeBoth(_ events: EventLog, _ bench: PipeBench) {
    events.warning("payment_timeout") { fields in
      fields.add("elapsed", 312.5)
      fields.add("endless", .infinity)
      fields.add("event", "reserved")
      fields.add("http.url", "http://host/path?api_key=abc&x=1")
      fields.add("large", UInt64.max)
      fields.add("nested", .dictionary(["b": .array(["1", .stringConvertible(2)]), "a": "x"]))
      fields.add("order_id", "ORD \"7890\"\n")
      fields.add("password", "hunter2")
      fields.add("retry_count", 2)
      fields.add("retryable", true)
      fields.add("token", 17)
      fields.add("user_id", "U5678")
    }
    Logger(label: "orders") { _ in bench.handler() }.warning(
      "payment_timeout",
      metadata: [
        "user_id": "U5678", "order_id": "ORD \"7890\"\n", "retry_count": .stringConvertible(2),
        "elapsed": .stringConvertible(312.5), "endless": .stringConvertible(Double.infinity),
        "retryable": .stringConvertible(true), "event": "reserved", "password": "hunter2",
        "token": .stringConvertible(17), "http.url": "http://host/path?api_key=abc&x=1",
        "nested": .dictionary(["b": .array(["1", .stringConvertible(2)]), "a": "x"]),
        "large": .stringConvertible(UInt64.max),
      ])
  }

  @Test("a text is written the same way for any content and any storage")
  func texts() throws {
    var texts: [String] = [""]
    for length in [1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 255, 256, 257] {
      for special in ["x", "\"", "\\", "\n", "\u{1}", "\u{7F}", "\u{85}", "é", "\u{2028}", "😀"] {
        for place in Set([0, length / 2, length - 1]) {
          texts.append(
            String(repeating: "a", count: place) + special + String(repeating: "b", count: length - place - 1))
        }
      }
    }
    for text in texts {
      let lines = try written { events, bench in
        for _ in 0..<2 { events.info("event") { $0.add("a_key", text) } }
        Logger(label: "orders") { _ in bench.handler() }.info("event", metadata: ["a_key": .string(text)])
      }
      #expect(lines.count == 3 && Set(lines.map(content)).count == 1)
    }
  }

  @Test("a key is distinguished from another one with the same beginning and end")
  func likeKeys() throws {
    let lines = try written { events, _ in
      for _ in 0..<3 {
        events.info("event") { fields in
          fields.add("begins_s_middle_ends_s", 1)
          fields.add("begins_s_MIDDLE_ends_s", 2)
          fields.add("beginsends_s", 3)
          fields.add("begins_sends_s", 4)
          fields.add("ab", 5)
          fields.add("abb", 6)
          fields.add("aab", 7)
        }
      }
    }
    let fields =
      #""begins_s_middle_ends_s":1,"begins_s_MIDDLE_ends_s":2,"beginsends_s":3,"begins_sends_s":4,"ab":5,"abb":6,"aab":7}"#
    #expect(lines.count == 3 && lines.allSatisfy { $0.hasSuffix(fields) })
  }

  @Test func fieldsKeepTheOrderInWhichTheyAreAdded() throws {
    let lines = try written { events, _ in
      events.info("event") { fields in
        fields.add("b", 1)
        fields.add("a", 2)
        fields.add("c", 3)
      }
    }
    #expect(lines.first?.hasSuffix(#","logger":"orders","b":1,"a":2,"c":3}"#) == true)
  }

  @Test(arguments: 1...3) func ofAKeyThatIsAddedTwiceTheLastValueCounts(times: Int) throws {
    let lines = try written { events, _ in
      events.info("event") { fields in
        for time in 1...times {
          fields.add("a_key_longer_than_eight", time)
          fields.add("b", 2)
          fields.add("a_key_longer_than_eighty", "y")
          fields.add("a_key_longer_than_eight", "three")
        }
      }
    }
    let end = #","logger":"orders","b":2,"a_key_longer_than_eighty":"y","a_key_longer_than_eight":"three"}"#
    #expect(lines.first?.hasSuffix(end) == true)
  }

  @Test func aTypeOfOnesOwnHasItsLevelAndName() throws {
    let lines = try written { events, _ in events.log(PaymentTimeout(orderID: "ORD7890")) }
    let record = try DecodedJSON.object(#require(lines.first))
    #expect(record["level"] as? String == "warning" && record["event"] as? String == "payment_timeout")
    #expect(record["order_id"] as? String == "ORD7890")
  }

  @Test func belowItsLevelTheFieldsAreNotAskedFor() throws {
    var asked = 0
    let lines = try written { events, _ in events.debug("quiet") { _ in asked += 1 } }
    #expect(lines.isEmpty && asked == 0)
  }

  @Test func itsClosureMayLog() throws {
    let lines = try written { events, bench in
      events.info("outer") { fields in
        events.info("inner") { $0.add("depth", 2) }
        Logger(label: "orders") { _ in bench.handler() }.info("beside")
        fields.add("depth", 1)
      }
    }
    let records = try lines.map { try DecodedJSON.object($0) }
    #expect(Set(records.map { $0["event"] as? String }) == ["outer", "inner", "beside"])
    #expect(records.first { $0["event"] as? String == "outer" }?["depth"] as? Int == 1)
  }

  @Test func aRecordOverItsLimitLosesItsLongestFieldsAndSaysHowMany() throws {
    let lines = try written { events, _ in
      events.info("event") { fields in
        fields.add("a", 1)
        for key in ["k1", "k2", "k3", "k4", "k5"] as [StaticString] {
          fields.add(key, String(repeating: "x", count: 4000))
        }
        fields.add("z", 2)
      }
    }
    let line = try #require(lines.first)
    #expect(line.utf8.count < 15 << 10)
    let record = try DecodedJSON.object(line)
    #expect(record["a"] as? Int == 1 && record["z"] as? Int == 2 && record["fields_dropped"] as? Int == 2)
  }

  @Test func whatEveryRecordHasIsNotWrittenTwice() throws {
    var settings = LogSettings(service: "test")
    settings.fields = [("host", "machine")]
    let lines = try written(settings) { events, _ in events.info("event") { $0.add("host", "mine") } }
    #expect(try DecodedJSON.object(#require(lines.first))["host"] as? String == "machine")
  }
}
