// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorLogs

/// The record inside the lines of log carriers, byte-identical to what its writer wrote.
@Suite struct CarrierTests {
  private static let record =
    #"{"timestamp":"2025-11-28T09:20:01.500Z","level":"error","service":"orders","trace_id":"463ac35c9f6413ad48485a3953bb6124","event":"payment_timeout","order_id":"ORD2"}"#

  private static func quoted(_ text: String) -> String { JSONText.quoted(text) }

  static let carriers: [(String, String)] = [
    ("bare", record), ("carriage return", record + "\r"), ("byte order mark", "\u{FEFF}" + record),
    ("NULs of a sparse file", "\0\0\0\0" + record), ("record separator", "\u{1E}" + record),
    ("CRI", "2025-11-28T09:20:01.6Z stdout F " + record),
    ("CRI of standard error", "2025-11-28T09:20:01.6+01:00 stderr F " + record),
    ("Docker", #"{"log":\#(quoted(record + "\n")),"stream":"stdout","time":"2025-11-28T09:20:01.6Z"}"#),
    (
      "journald",
      #"{"MESSAGE":\#(quoted(record)),"__REALTIME_TIMESTAMP":"1764321601600000","_SYSTEMD_UNIT":"o.service"}"#
    ),
    ("kubectl --prefix", "[pod/orders-7d9/orders] " + record),
    ("kubectl --timestamps", "2025-11-28T09:20:01.6Z " + record),
    ("stern", "orders-7d9 orders " + record), ("docker compose", "orders-1  | " + record),
    ("GitHub Actions", "2025-11-28T09:20:01.6000000Z " + record),
    ("syslog", "Nov 28 09:20:01 host app[12]: " + record),
    ("syslog of RFC 5424", "<14>1 2025-11-28T09:20:01.6Z host app 12 - - " + record), ("CEE", "@cee: " + record),
    ("CEE in syslog", "Nov 28 09:20:01 host app[12]: @cee:" + record),
    ("trailing text", record + " trailing"), ("an array's element", record + ","),
  ]

  @Test(arguments: carriers)
  func theRecordInsideIsFoundByEachOfItsFields(name: String, line: String) throws {
    let text = "{\"event\":\"other\"}\n" + line + "\n{\"event\":\"other\"}\n"
    let queries = [
      "level>=warning", "level=error", "event=payment_timeout", "event~^pay", "order_id=ORD2", "ORD2",
      "payment_timeout",
      "463ac35c", "463AC35C9F6413AD48485A3953BB6124", "timestamp>=2025-11-28T09:20:01Z", "service=orders",
    ]
    for query in queries {
      let records = try found(query, in: text)
      #expect(records.map { String(decoding: $0.json, as: UTF8.self) } == [Self.record], "\(name): \(query)")
    }
    for query in ["level<error", "event=payment", "ORD3", "trace_id=5af71"] {
      let records = try found(query, in: line)
      #expect(records.isEmpty, "\(name): \(query)")
    }
  }

  @Test func partsOfACRIRecordAreJoinedByStream() throws {
    let (one, two) = (Self.record.prefix(70), Self.record.dropFirst(70))
    let text = """
      2025-11-28T09:20:01.6Z stdout P \(one)
      2025-11-28T09:20:01.6Z stderr F {"event":"between"}
      2025-11-28T09:20:01.6Z stdout F \(two)
      """
    let joined = try found("order_id=ORD2", in: text)
    #expect(joined.map { String(decoding: $0.json, as: UTF8.self) } == [Self.record])
    let between = try found("event=between", in: text)
    #expect(between.count == 1)
  }

  @Test func partsOfADockerRecordAreJoined() throws {
    let long = #"{"event":"long","text":"\#(String(repeating: "x", count: 20_000))","order_id":"ORD9"}"#
    let (one, two) = (String(long.prefix(16_384)), String(long.dropFirst(16_384)))
    let text = [one, two + "\n"].map { #"{"log":\#(Self.quoted($0)),"stream":"stdout","time":"2025-11-28T09:20:01Z"}"# }
      .joined(separator: "\n")
    let records = try found("order_id=ORD9", in: text)
    #expect(records.map { String(decoding: $0.json, as: UTF8.self) } == [long])
  }

  @Test(arguments: [
    "[\n" + record + ",\n" + record + "\n]\n", "[" + record + "," + record + "]", record + record + "\n",
    "\u{1E}" + record + "\n\u{1E}" + record + "\n",
  ])
  func severalRecordsInOneTextAreAllFound(text: String) throws {
    let records = try found("order_id=ORD2", in: text)
    #expect(records.map { $0["order_id"]?.text } == ["ORD2", "ORD2"])
  }

  @Test func aPrettyPrintedRecordIsReadOverItsLines() throws {
    let text = "{\n  \"level\": \"error\",\n  \"order\": {\n    \"id\": \"ORD2\"\n  }\n}\n{\"event\":\"next\"}\n"
    let records = try found("order.id=ORD2", in: text)
    #expect(records.count == 1)
    let next = try found("event=next", in: text)
    #expect(next.count == 1)
  }

  @Test(arguments: [
    ("cri", 2), ("cri-partial", 1), ("datadog", 2), ("docker", 2), ("ecs", 2), ("gcp", 3), ("kubectl", 2),
    ("logback", 2),
    ("mixed", 2), ("otel", 1), ("pino", 2), ("slog", 4), ("zap", 3), ("zerolog", 3),
  ])
  func everyRecordOfASampleHasItsLevelTimeAndEvent(name: String, count: Int) throws {
    let records = try found(.everything, in: try sample(name))
    #expect(records.count == count)
    for record in records {
      #expect(record.level.flatMap { LogLevel(name: $0) } != nil, "\(name)")
      #expect(record.event != nil, "\(name)")
      let time = try #require(record.time, "\(name)")
      #expect(time > 1_764_300_000_000_000 && time < 1_764_400_000_000_000, "\(name)")
    }
  }

  @Test(arguments: [
    "cri", "cri-partial", "docker", "kubectl", "datadog", "ecs", "gcp", "logback", "mixed", "otel", "pino", "zap",
    "zerolog",
  ])
  func theTraceOfASampleIsFoundInAnySpelling(name: String) throws {
    let bytes = try sample(name)
    for id in ["463ac35c9f6413ad48485a3953bb6124", "463AC35C9F6413AD48485A3953BB6124", "463ac35c"] {
      let query = try QueryParser.parse([id], now: 0)
      let records = try found(query, in: bytes)
      #expect(!records.isEmpty, "\(name): \(id)")
    }
  }

  @Test func linesWithoutARecordAreCounted() throws {
    let reader = RecordReader(MemorySource(Array("boot\n{\"a\":1}\n\nFatal error: x\n{\"a\":2}\n".utf8)))
    var others: [String] = []
    while let item = try reader.next() {
      if case .other(let line) = item { others.append(unsafe String(decoding: line, as: UTF8.self)) }
    }
    #expect(others == ["boot", "Fatal error: x"])
    #expect(reader.counts.others == 2)
    #expect(reader.counts.firstOther == 1)
  }

  @Test func noBytesBringTheReaderDown() throws {
    let seed = UInt64.random(in: 1...UInt64.max)
    print("CarrierTests seed \(seed)")
    var random = Seeded(state: seed)
    let lines = Self.carriers.map { Array($0.1.utf8) }
    for _ in 0..<4_000 {
      var bytes = lines.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      for record in try found(.everything, in: cut + [0x0A] + cut) {
        #expect(record.members.count <= cut.count * 2 + 1)
      }
    }
  }
}

/// splitmix64.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
