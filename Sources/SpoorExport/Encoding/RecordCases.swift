// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

// Comparisons of enumerations and option sets of another module by cases and bits. Their `==` and `contains` are
// generic functions there, and calling those took a tenth of the time to encode a span.

extension SpanRecordKind {
  @inline(__always)
  var isInternal: Bool { if case .internal = self { true } else { false } }

  @inline(__always)
  var isClient: Bool { if case .client = self { true } else { false } }

  @inline(__always)
  var isServer: Bool { if case .server = self { true } else { false } }

  /// Whether the other side is a broker.
  @inline(__always)
  var isMessaging: Bool {
    switch self {
    case .producer, .consumer: true
    case .internal, .client, .server: false
    }
  }
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

  /// The key as UTF-8 that has not been validated.
  @inline(__always)
  var keyUTF8: Text { unsafe Text(key) }

  /// The bytes of the value as UTF-8 that has not been validated.
  @inline(__always)
  var valueUTF8: Text { unsafe Text(value) }

  /// Whether the field was written after `other`, by their sequence numbers, which wrap around.
  @inline(__always)
  func isNewer(than other: RecordField) -> Bool { Int16(bitPattern: sequence &- other.sequence) > 0 }
}
