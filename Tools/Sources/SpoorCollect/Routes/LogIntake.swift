// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import SpoorModel

/// Reads a body of JSON lines and stores the records, with bounded memory whatever the body contains.
struct LogIntake: Sendable {
  /// The maximum size of the records of one batch in memory.
  private static let batchCost = 8 << 20
  /// The maximum number of malformed lines that are named in the response.
  private static let named = 20

  /// The maximum number of lines of one body; a longer one gets 413. It bounds the work for a body.
  private static let maximumLines = 1_000_000

  let store: TraceStore
  let workers: QueryWorkers

  /// Stores the records and answers 202 with `{"taken":n,"malformed":n}`; the header `Spoor-Malformed-Lines` has the
  /// numbers of the first lines that are not JSON objects.
  func take(_ body: [UInt8], share: BodyBudget.Share) async throws -> Response {
    let lines = try await workers.run { _ in Self.lines(in: body) }
    guard lines <= Self.maximumLines else {
      throw HTTPError(.contentTooLarge, message: "The body has more than \(Self.maximumLines) lines")
    }
    // Programs on Windows begin a file with a byte order mark.
    var reading = Reading(position: body.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    while reading.position < body.count {
      reading = try await workers.run { [reading] ticket in try Self.read(body, reading, ticket) }
      guard share.grow(by: reading.cost) else { throw BodyReader.tooMuch }
      defer { share.shrink(by: reading.cost) }
      store.noteWithoutTrace(reading.withoutTrace)
      let pieces = reading.pieces
      reading.pieces = []
      try await store.submit(pieces)
    }
    store.note(refusedLines: reading.malformed)
    var response = Answers.json(
      Array(#"{"taken":\#(reading.taken),"malformed":\#(reading.malformed)}"#.utf8), status: .accepted)
    if !reading.malformedLines.isEmpty, let name = HTTPField.Name("Spoor-Malformed-Lines") {
      response.headers[name] = reading.malformedLines.map(String.init).joined(separator: ", ")
    }
    return response
  }

  private static func lines(in body: [UInt8]) -> Int {
    unsafe body.withUnsafeBytes { bytes in
      var count = 1
      var rest = unsafe bytes
      // memchr stays within the buffer, whose rest begins after each line end.
      while let start = rest.baseAddress, let end = unsafe memchr(start, 0x0A, rest.count) {
        count += 1
        if count > maximumLines { break }
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(end) - start + 1)...])
      }
      return count
    }
  }

  private struct Reading: Sendable {
    /// The offset of the next line.
    var position: Int
    var line = 0
    var taken = 0
    var malformed = 0
    var malformedLines: [Int] = []
    /// The number of records of this batch without a trace id.
    var withoutTrace = 0
    var pieces: [TracePiece] = []
    var cost = 0
  }

  /// Reads lines from where the last batch ended.
  private static func read(_ body: [UInt8], _ last: Reading, _ ticket: QueryTicket) throws -> Reading {
    var reading = last
    (reading.cost, reading.withoutTrace) = (0, 0)
    var records: [LogLine] = []
    while reading.position < body.count, reading.cost < batchCost {
      let rest = body[reading.position...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? body.count
      let line = body[reading.position..<end]
      reading.position = end + 1
      reading.line += 1
      if line.isEmpty { continue }
      if reading.line & 1023 == 0 { try ticket.check() }
      guard let record = LogLine(line) else {
        reading.malformed += 1
        if reading.malformedLines.count < named { reading.malformedLines.append(reading.line) }
        continue
      }
      reading.taken += 1
      if record.traceID == nil { reading.withoutTrace += 1 }
      reading.cost += record.json.count * 3 + record.words.count * 64 + 512
      records.append(record)
    }
    reading.pieces = TracePiece.pieces(of: records)
    return reading
  }
}
