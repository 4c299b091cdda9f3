// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorLogging

/// The written names of a caller's fields. No document may have a name twice, or as a text and an object.
@Suite struct ReservedKeysTests {
  private func record(
    _ fields: Logger.Metadata, preset: LogPreset = .spoor, constants: [(key: String, value: String)] = [],
    source: Bool = false
  ) throws -> [String: Any] {
    var settings = LogSettings(service: "test")
    settings.preset = preset
    settings.fields = constants
    settings.recordsSource = source
    let bench = try PipeBench(settings: settings)
    let logger = Logger(label: "x") { _ in bench.handler() }
    logger.info("event", metadata: fields, source: "Orders", file: "Orders/Place.swift", line: 17)
    _ = bench.pipeline.writer.drain(nanoseconds: 5_000_000_000)
    return try DecodedJSON.object(#require(bench.lines().first))
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let preset: LogPreset
    let key: String
    let isRenamed: Bool
    var testDescription: String { "\(preset.rawValue): \(key)" }
  }

  static let cases: [Case] =
    LogPreset.allCases.flatMap { preset in
      ["error", "error.type", "event", "service", "timestamp", "exception", "fields_dropped"].map {
        Case(preset: preset, key: $0, isRenamed: true)
      }
        + ["errors", "order", "error_code", "error.code", "host", "host.name", "errand"].map {
          Case(preset: preset, key: $0, isRenamed: false)
        }
    }
    + ["log", "log.level", "trace", "trace.id", "span", "ecs", "service.name", "message"].map {
      Case(preset: .ecs, key: $0, isRenamed: true)
    }
    + ["log", "trace", "span", "message"].map { Case(preset: .spoor, key: $0, isRenamed: false) }
    + ["dd", "dd.trace_id", "logger", "error.kind", "status"].map { Case(preset: .datadog, key: $0, isRenamed: true) }
    + ["severity", "serviceContext", "stack_trace"].map { Case(preset: .googleCloud, key: $0, isRenamed: true) }

  @Test(arguments: cases) func aNameThatTheRecordHasOrBeginsWithIsRenamed(which: Case) throws {
    let record = try record([which.key: "of the caller"], preset: which.preset)
    #expect(record[which.isRenamed ? "fields.\(which.key)" : which.key] as? String == "of the caller", "\(record)")
    // No name is a prefix of another.
    for name in record.keys {
      for other in record.keys where other.hasPrefix(name + ".") && which.preset != .spoor && which.isRenamed {
        Issue.record("\(name) and \(other)")
      }
    }
  }

  @Test func aFieldOfEveryRecordDoesNotMakeTheCallersVanish() throws {
    let record = try record(
      ["host.name": "of the caller", "host": "too", "host.id": "7"], constants: [("host.name", "box-1")])
    #expect(record["host.name"] as? String == "box-1")
    #expect(record["fields.host.name"] as? String == "of the caller" && record["fields.host"] as? String == "too")
    #expect(record["host.id"] as? String == "7")
  }

  @Test func thePlaceOfTheCallIsThereWhereItIsAskedFor() throws {
    let with = try record(["code.line.number": "mine", "code": "mine"], source: true)
    #expect(with["logger.source"] as? String == "Orders" && with["code.file.path"] as? String == "Orders/Place.swift")
    #expect(with["code.line.number"] as? Int == 17 && with["fields.code.line.number"] as? String == "mine")
    #expect(with["fields.code"] as? String == "mine")
    let without = try record(["code.line.number": "mine"])
    #expect(without["logger.source"] == nil && without["code.line.number"] as? String == "mine")
  }

  struct Celsius: SignedNumeric, Comparable, CustomStringConvertible, Sendable {
    var magnitude: Int
    init(integerLiteral value: Int) { magnitude = value }
    init?(exactly source: some BinaryInteger) { magnitude = Int(source) }
    var description: String { "\(magnitude)°" }
    static func + (a: Self, b: Self) -> Self { Self(integerLiteral: a.magnitude + b.magnitude) }
    static func - (a: Self, b: Self) -> Self { Self(integerLiteral: a.magnitude - b.magnitude) }
    static func * (a: Self, b: Self) -> Self { Self(integerLiteral: a.magnitude * b.magnitude) }
    static func *= (a: inout Self, b: Self) { a = a * b }
    static func < (a: Self, b: Self) -> Bool { a.magnitude < b.magnitude }
  }

  @Test func everyNumberIsOneAndWhatIsNoneIsADocumentedText() throws {
    let numbers: [String: any CustomStringConvertible & Sendable] = [
      "decimal": Decimal(string: "12345678901234567890.0123456789") ?? 0, "negative": Decimal(string: "-0.5") ?? 0,
      "large": Decimal(sign: .plus, exponent: 60, significand: 1), "cg": CGFloat(2.5), "half": Float16(0.1),
      "float": Float(0.1), "wide": UInt128.max,
    ]
    let texts: [String: (any CustomStringConvertible & Sendable, String)] = [
      "nan": (Double.nan, "NaN"), "inf": (Double.infinity, "Infinity"), "minus": (-Double.infinity, "-Infinity"),
      "float_nan": (Float.nan, "NaN"), "half_inf": (Float16.infinity, "Infinity"), "cg_nan": (CGFloat.nan, "NaN"),
      "decimal_nan": (Decimal.nan, "NaN"), "degrees": (Celsius(integerLiteral: 4), "4°"),
    ]
    var fields: Logger.Metadata = [:]
    for (key, value) in numbers { fields[key] = .stringConvertible(value) }
    for (key, value) in texts { fields[key] = .stringConvertible(value.0) }
    let record = try record(fields)
    for key in numbers.keys { #expect(record[key] is NSNumber, "\(key): \(record[key] ?? "")") }
    #expect(record["half"] as? Double == 0.1 && record["float"] as? Double == 0.1 && record["cg"] as? Double == 2.5)
    #expect(record["negative"] as? Double == -0.5)
    for (key, value) in texts { #expect(record[key] as? String == value.1, "\(key)") }
  }

  @Test(
    arguments: [
      ("0", true), ("-0", true), ("10", true), ("-0.5e+10", true), ("1E9", true), ("01", false), ("+1", false),
      (".5", false), ("1.", false), ("1e", false), ("", false), ("-", false), ("NaN", false), ("1 ", false),
      ("0x1", false),
    ])
  func aJSONNumberIsToldFromOtherText(text: String, expected: Bool) { #expect(JSONNumber.isOne(text) == expected) }
}
