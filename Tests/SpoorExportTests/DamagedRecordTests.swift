// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal
import Testing

@testable import SpoorExport

@Suite("Records from a damaged file")
struct DamagedRecordTests {
  /// Fields of the table's records with some bytes changed, cut off anywhere.
  static func damaged(_ random: inout SplitMix64) -> [UInt8] {
    let example = ZipkinCase.all[Int(random.next() % UInt64(ZipkinCase.all.count))]
    var bytes = unsafe example.recorded.fields.withFields { unsafe Array($0.prefix(4096)) }
    for _ in 0..<Int(random.next() % 8) where !bytes.isEmpty {
      bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
    }
    return Array(bytes.prefix(Int(random.next() % UInt64(bytes.count + 1))))
  }

  @Test("JSON and proto3 of a damaged record can be decoded and agree", arguments: 1...8)
  func fuzz(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    for _ in 0..<500 {
      let bytes = Self.damaged(&random)
      var flags = SpanRecordFlags(rawValue: UInt8(truncatingIfNeeded: random.next()))
      flags.remove(.remoteParent)
      let kind = SpanRecordKind(rawValue: UInt8(random.next() % 5)) ?? .internal
      func encoded(_ encoder: some SpanEncoder) -> [UInt8] {
        var buffer = EncodeBuffer(capacity: 16)
        let range = unsafe bytes.withUnsafeBytes { bytes in
          let record = unsafe SpanRecord(
            traceIDHigh: 1, traceIDLow: 2, spanID: 3, parentSpanID: 4, startNanoseconds: 1_699_366_981_234_567_890,
            durationNanoseconds: 5000, kind: kind, flags: flags, fields: bytes)
          return encoder.encodeSpan(record, resource: Resource(service: "s", instance: "i"), into: &buffer)
        }
        return range.map { buffer.records.array($0) } ?? []
      }
      var json = try JSONDecoder().decode(DecodedSpan.self, from: Data(encoded(ZipkinJSONEncoder())))
      var spans = try ProtoReader.listOfSpans(encoded(ZipkinProtoEncoder()))
      // Only JSON has text forms of IPv6 addresses.
      json.remoteEndpoint?.ipv6 = nil
      if !spans.isEmpty { spans[0].remoteEndpoint?.ipv6 = nil }
      #expect(spans == [json.withLongTraceID])
    }
  }
}
