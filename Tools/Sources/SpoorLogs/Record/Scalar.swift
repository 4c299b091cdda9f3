// SPDX-License-Identifier: Apache-2.0

/// A scalar JSON value in a form that queries can compare.
@safe
enum Scalar {
  case text(UnsafeRawBufferPointer)
  case signed(Int64)
  case unsigned(UInt64)
  case double(Double)
  /// An integer that does not fit into 64 bits, as its digits.
  case digits(UnsafeRawBufferPointer)
  case bool(Bool)
  case null

  /// The scalar at an index; `nil` for an object or an array.
  init?(_ tape: borrowing JSONTape, _ index: Int) {
    switch tape.kind(index) {
    case JSONTape.Kind.string: unsafe self = .text(tape.bytes(index))
    case JSONTape.Kind.signed: self = .signed(Int64(bitPattern: tape.payload(index)))
    case JSONTape.Kind.unsigned: self = .unsigned(tape.payload(index))
    case JSONTape.Kind.double: self = .double(Double(bitPattern: tape.payload(index)))
    case JSONTape.Kind.number: unsafe self = .digits(tape.bytes(index))
    case JSONTape.Kind.yes: self = .bool(true)
    case JSONTape.Kind.no: self = .bool(false)
    case JSONTape.Kind.null: self = .null
    default: return nil
    }
  }

  /// The value as text; a string without quotes.
  var text: String {
    switch self {
    case .text(let bytes), .digits(let bytes): unsafe String(decoding: bytes, as: UTF8.self)
    case .signed(let value): String(value)
    case .unsigned(let value): String(value)
    case .double(let value): Number.text(value)
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    }
  }

  /// The number, also if it is written as a text.
  var number: Number? {
    switch self {
    case .signed(let value): .integer(value)
    case .unsigned(let value): Int64(exactly: value).map { .integer($0) } ?? .large(value)
    case .double(let value): .double(value)
    case .text(let bytes):
      // A quick check, because most texts do not begin like a number.
      unsafe bytes.first.map { $0 &- 0x30 < 10 || $0 == 0x2D || $0 == 0x2B || $0 == 0x2E } == true
        ? unsafe Number(String(decoding: bytes, as: UTF8.self)) : nil
    case .digits(let bytes): unsafe Number(String(decoding: bytes, as: UTF8.self))
    case .bool, .null: nil
    }
  }

  /// The integer, for levels and times.
  var integer: Int64? {
    if case .integer(let value)? = number { value } else { nil }
  }
}

/// A number that compares exactly: a 64-bit integer never goes through a double.
enum Number {
  case integer(Int64)
  case large(UInt64)
  case double(Double)

  /// Reads decimal digits with an optional sign, fraction and exponent.
  init?(_ text: String) {
    if let value = Int64(text) {
      self = .integer(value)
    } else if let value = UInt64(text) {
      self = .large(value)
    } else if let value = Double(text), value.isFinite, text.utf8.allSatisfy({ $0 < 0x3A || $0 | 0x20 == 0x65 }) {
      self = .double(value)
    } else {
      return nil
    }
  }

  /// -1, 0 or 1 if this number is below, equal to or above the other; `nil` if one is NaN.
  func compared(to other: Number) -> Int? {
    switch (self, other) {
    case (.integer(let one), .integer(let two)): one < two ? -1 : one == two ? 0 : 1
    case (.large(let one), .large(let two)): one < two ? -1 : one == two ? 0 : 1
    case (.integer, .large): -1
    case (.large, .integer): 1
    case (.double(let one), .double(let two)): one.isNaN || two.isNaN ? nil : one < two ? -1 : one == two ? 0 : 1
    case (.double(let one), .integer(let two)): Self.compare(one, two)
    case (.integer(let one), .double(let two)): Self.compare(two, one).map { -$0 }
    case (.double(let one), .large(let two)): Self.compare(one, two)
    case (.large(let one), .double(let two)): Self.compare(two, one).map { -$0 }
    }
  }

  /// Compares a double with an integer without rounding the integer.
  private static func compare(_ double: Double, _ integer: some FixedWidthInteger) -> Int? {
    guard !double.isNaN else { return nil }
    func order<Integer: FixedWidthInteger>(_ integer: Integer) -> Int {
      if double >= 18_446_744_073_709_551_616 || double > 0 && Integer(exactly: double.rounded(.down)) == nil {
        return 1
      }
      guard let floor = Integer(exactly: double.rounded(.down)) else { return -1 }
      if floor != integer { return floor < integer ? -1 : 1 }
      return double > double.rounded(.down) ? 1 : 0
    }
    return order(integer)
  }

  /// The double as JSON writers write it: `2` and not `2.0` for a whole number.
  static func text(_ value: Double) -> String {
    guard value == value.rounded(), abs(value) < 1e15 else { return String(value) }
    return String(Int64(value))
  }
}
