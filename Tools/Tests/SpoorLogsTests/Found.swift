// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorLogs

/// The records that a query finds in a text.
func found(_ query: String..., in text: String, now: Int64 = 0, ignoringCase: Bool = false) throws -> [LogRecord] {
  try found(try QueryParser.parse(query, ignoresCase: ignoringCase, now: now), in: Array(text.utf8))
}

func found(_ query: LogQuery, in bytes: [UInt8], usesLiterals: Bool = true) throws -> [LogRecord] {
  let reader = RecordReader(MemorySource(bytes))
  var records: [LogRecord] = []
  while let item = try reader.next(literals: usesLiterals ? query.literals : nil) {
    if case .record(let view) = item, query.matches(view) { records.append(LogRecord(view)) }
  }
  return records
}

/// A sample file of log lines.
func sample(_ name: String) throws -> [UInt8] {
  let url = try #require(Bundle.module.url(forResource: name, withExtension: "log", subdirectory: "Samples"))
  return Array(try Data(contentsOf: url))
}
