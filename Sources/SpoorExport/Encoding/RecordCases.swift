import SpoorBytes
import SpoorJournal

// Questions to enumerations and option sets of another module, asked by cases and bits: their `==` and `contains` are
// generic functions there, and calling those took a tenth of the time of encoding a span.

extension SpanRecordKind {
  @inline(__always)
  var isInternal: Bool { if case .internal = self { true } else { false } }

  @inline(__always)
  var isClient: Bool { if case .client = self { true } else { false } }

  @inline(__always)
  var isServer: Bool { if case .server = self { true } else { false } }
}

extension SpanRecordFlags {
  /// Whether one of the bits of `flags` is set.
  @inline(__always)
  func has(_ flags: SpanRecordFlags) -> Bool { rawValue & flags.rawValue != 0 }
}

extension RecordField {
  @inline(__always)
  var isAttribute: Bool { if case .attribute = kind { true } else { false } }

  @inline(__always)
  var isEvent: Bool { if case .event = kind { true } else { false } }

  @inline(__always)
  var isLink: Bool { if case .link = kind { true } else { false } }

  @inline(__always)
  var isText: Bool { if case .string = type { true } else { false } }

  /// The key, as UTF-8 that is yet to be trusted.
  @inline(__always)
  var keyUTF8: Text { unsafe Text(key) }

  /// The value's bytes, as UTF-8 that is yet to be trusted.
  @inline(__always)
  var valueUTF8: Text { unsafe Text(value) }

  /// Whether it was written after `other`, by the numbers, which wrap around.
  @inline(__always)
  func isNewer(than other: RecordField) -> Bool { Int16(bitPattern: sequence &- other.sequence) > 0 }
}
