// SPDX-License-Identifier: Apache-2.0

/// A field of records by one of its names in queries, as ``LogRecord/field(_:)`` reads it, but without a copy of the
/// whole record.
package struct RecordField: Sendable {
  private enum Kind: String {
    case traceID = "trace_id"
    case spanID = "span_id"
    case level, service, event
  }

  private let path: FieldPath
  private let kind: Kind?

  /// A copy that shares no object with this one, for another thread.
  package var unshared: RecordField { RecordField(path.name) }

  package init(_ name: String) {
    path = FieldPath(name)
    kind = Kind(rawValue: name)
  }

  /// The text of the field; `nil` if the record lacks it.
  package func text(of record: LogView) -> String? {
    switch kind {
    case .traceID?: record.traceID
    case .spanID?: record.spanID
    case .level?: record.levelName
    case .service?: record.service
    case .event?: record.event
    case nil: record.value(path).map { JSONText.text(record.tape, $0) }
    }
  }

  /// Adds the bytes of the text; `false` if the record lacks the field.
  package func append(of record: LogView, to bytes: inout [UInt8]) -> Bool {
    if kind == nil {
      guard let index = record.value(path) else { return false }
      // Most values are texts without a need for a copy.
      if case .text(let text)? = Scalar(record.tape, index) {
        unsafe Self.append(text, to: &bytes)
      } else {
        bytes += JSONText.text(record.tape, index).utf8
      }
      return true
    }
    guard let text = text(of: record) else { return false }
    bytes += text.utf8
    return true
  }

  private static func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    unsafe bytes.append(contentsOf: text)
  }

  /// The number, also if it is written as a text; `nil` for everything else.
  package func number(of record: LogView) -> Double? {
    guard kind == nil else { return text(of: record).flatMap { Double($0) } }
    guard let index = record.value(path) else { return nil }
    switch Scalar(record.tape, index) {
    case .signed(let value)?: return Double(value)
    case .unsigned(let value)?: return Double(value)
    case .double(let value)?: return value
    default: return Double(JSONText.text(record.tape, index))
    }
  }
}
