// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorJournal

/// Writes a field's value as JSON: numbers stay numbers, booleans booleans, dictionaries and arrays nest.
struct LogValueWriter {
  /// The limits of a value.
  struct Limits {
    var value: Int
    var stack: Int
    var depth: Int
    var key = 256
    var fields = Int.max
    /// The maximum number of elements of a dictionary or array.
    var elements = Int.max

    /// Tightens the limits: the stack first, then all texts, then the number of elements. Returns `false` if nothing is
    /// left to tighten.
    mutating func tighten() -> Bool {
      if stack > 1024 {
        stack /= 2
      } else if value > 64 {
        value /= 2
        stack = min(stack, max(value, 512))
      } else if elements > 4 {
        elements = elements == .max ? 64 : elements / 4
      } else if fields > 8 {
        fields = fields == .max ? 64 : fields / 2
      } else if key > 32 {
        key = 32
        stack = 64
      } else if depth > 2 {
        depth = 2
      } else {
        return false
      }
      return true
    }
  }

  var limits: Limits
  /// The length from which the output is too long in any case, so that further elements are skipped.
  var end = Int.max
  /// Shared by reference, because each record has a copy of this value with its own limits.
  private let rules: Rules

  /// The rules that all records share.
  private final class Rules: Sendable {
    let redaction: Redaction
    /// Whether a value with these attributes must not be written; `nil` if no value is sensitive.
    let isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)?
    /// Names that a caller's field must not have.
    let reserved: NameSet

    init(
      redaction: Redaction, isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)?, reserved: NameSet
    ) {
      self.redaction = redaction
      self.isSensitive = isSensitive
      self.reserved = reserved
    }
  }

  init(
    limits: Limits, redaction: Redaction, isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)? = nil,
    reserved: NameSet = NameSet([])
  ) {
    self.limits = limits
    rules = Rules(redaction: redaction, isSensitive: isSensitive, reserved: reserved)
  }

  var redaction: Redaction { rules.redaction }

  /// Appends a quoted text of at most `limit` bytes of UTF-8. A longer one is cut between two characters and ends with
  /// `…(N bytes more)`.
  func append(text: String, limit: Int, to output: inout GrowingBytes) {
    unsafe withBytes(of: text) { bytes in
      guard bytes.count > limit else { return unsafe output.appendQuoted(Text(bytes)) }
      output.append(UInt8(ascii: "\""))
      unsafe appendCut(bytes, limit: limit, to: &output)
      output.append(UInt8(ascii: "\""))
    }
  }

  /// Appends a quoted text, if it is within its limit.
  @inline(__always)
  func appendIfShort(_ text: String, to output: inout GrowingBytes) -> Bool {
    let isWritten = unsafe text.utf8.withContiguousStorageIfAvailable { utf8 in
      guard utf8.count <= limits.value, unsafe rules.redaction.leavesAlone(text: UnsafeRawBufferPointer(utf8)) else {
        return false
      }
      unsafe output.appendQuoted(Text(UnsafeRawBufferPointer(utf8)))
      return true
    }
    return isWritten ?? false
  }

  /// Whether a key is written uncut and under its own name.
  func keeps(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe key.count <= limits.key && !ReservedKeys.areLike(key, in: rules.reserved)
  }

  private func appendCut(_ bytes: UnsafeRawBufferPointer, limit: Int, to output: inout GrowingBytes) {
    let end = unsafe CutText.end(bytes, limit: limit)
    unsafe output.appendEscaped(Text(UnsafeRawBufferPointer(rebasing: bytes[..<end])))
    output.append(CutText.note(missing: bytes.count - end))
  }

  /// Appends a caller's key without quotes, renamed if it clashes with a built-in field. Returns the end of the key.
  func append(key: String, to output: inout GrowingBytes) -> Int {
    unsafe withBytes(of: key) { unsafe append(key: $0, to: &output) }
  }

  func append(key bytes: UnsafeRawBufferPointer, to output: inout GrowingBytes) -> Int {
    if unsafe ReservedKeys.areLike(bytes, in: rules.reserved) { output.append(ReservedKeys.prefix) }
    if bytes.count <= limits.key {
      unsafe output.appendEscaped(Text(bytes))
    } else {
      unsafe appendCut(bytes, limit: limits.key, to: &output)
    }
    return output.count
  }

  /// Appends a text that may be a secret.
  func append(text: String, under key: UnsafeRawBufferPointer, to output: inout GrowingBytes) {
    if unsafe withBytes(of: text, { unsafe rules.redaction.leavesAlone(key, $0) }) {
      return append(text: text, limit: limits.value, to: &output)
    }
    let name = unsafe String(decoding: key, as: UTF8.self)
    append(text: rules.redaction.replacement(key: name, value: text) ?? text, limit: limits.value, to: &output)
  }

  /// Appends a value that is not a text, unless its key names a secret.
  @inline(__always)
  func append(
    under key: UnsafeRawBufferPointer, to output: inout GrowingBytes, _ body: (inout GrowingBytes) -> Void
  ) {
    if unsafe rules.redaction.isSecret(key) {
      append(text: Redaction.replacement, limit: limits.value, to: &output)
    } else {
      body(&output)
    }
  }

  /// Appends a value of a common kind under a known key. Returns false, with nothing written, for every other value.
  ///
  /// - Parameter key: read only for the few values that need it.
  @inline(__always)
  func append(
    _ value: Logger.MetadataValue, under plan: KeyPlan, key: @autoclosure () -> String, to output: inout GrowingBytes
  ) -> Bool {
    switch value {
    case .string(let text): return plan.leavesTextsAlone && appendIfShort(text, to: &output)
    case .stringConvertible(let convertible):
      guard !plan.isSecret else { return false }
      appendOpened(convertible, key: key(), to: &output)
      return true
    default: return false
    }
  }

  func append(_ value: Logger.MetadataValue, key: String, depth: Int, to output: inout GrowingBytes) {
    switch value {
    case .string(let text): append(redacted: text, key: key, to: &output)
    case .stringConvertible(let convertible): append(convertible, key: key, to: &output)
    case .dictionary(let dictionary):
      if rules.redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
      guard depth < limits.depth else { return appendTooDeep(dictionary.count, to: &output) }
      output.append(UInt8(ascii: "{"))
      var isFirst = true
      for (key, value) in dictionary.sorted(by: { $0.key < $1.key }).prefix(limits.elements)
      where output.count <= end {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        append(text: key, limit: limits.key, to: &output)
        output.append(UInt8(ascii: ":"))
        append(value, key: key, depth: depth + 1, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    case .array(let array):
      if rules.redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
      guard depth < limits.depth else { return appendTooDeep(array.count, to: &output) }
      output.append(UInt8(ascii: "["))
      for (index, value) in array.prefix(limits.elements).enumerated() where output.count <= end {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(value, key: key, depth: depth + 1, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    }
  }

  /// Appends a placeholder for a dictionary or array that is nested too deep. Its description is not used, because it
  /// may contain secrets.
  private func appendTooDeep(_ count: Int, to output: inout GrowingBytes) {
    output.append("\"…(nested too deep, " as StaticString)
    output.appendDecimal(Int64(count))
    output.append(" elements)\"" as StaticString)
  }

  private func append(redacted text: String, key: String, to output: inout GrowingBytes) {
    let isHarmless = unsafe withBytes(of: key) { key in
      unsafe withBytes(of: text) { unsafe rules.redaction.leavesAlone(key, $0) }
    }
    let written = isHarmless ? text : rules.redaction.replacement(key: key, value: text) ?? text
    append(text: written, limit: limits.value, to: &output)
  }

  /// Numbers and booleans keep their type: `.stringConvertible(2)` is written as 2.
  private func append(_ value: any CustomStringConvertible & Sendable, key: String, to output: inout GrowingBytes) {
    if rules.redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
    appendOpened(value, key: key, to: &output)
  }

  /// The usual types are recognised by their metatypes, because a dynamic cast to each would cost 50 ns or more.
  private func appendOpened<Value: CustomStringConvertible & Sendable>(
    _ value: Value, key: @autoclosure () -> String, to output: inout GrowingBytes
  ) {
    if Value.self == Int.self {
      output.appendDecimal(Int64(Self.same(value, as: Int.self)))
    } else if Value.self == Bool.self {
      output.append(Self.same(value, as: Bool.self) ? "true" as StaticString : "false")
    } else if Value.self == Double.self {
      append(Self.same(value, as: Double.self), to: &output)
    } else if Value.self == String.self {
      append(redacted: Self.same(value, as: String.self), key: key(), to: &output)
    } else if Value.self == Int64.self {
      output.appendDecimal(Self.same(value, as: Int64.self))
    } else if Value.self == UInt64.self {
      output.appendDecimal(Self.same(value, as: UInt64.self))
    } else if Value.self == Float.self {
      let number = Self.same(value, as: Float.self)
      append(Double(number.description) ?? Double(number), to: &output)
    } else if let number = value as? any BinaryInteger {
      if let number = Int64(exactly: number) {
        output.appendDecimal(number)
      } else if let number = UInt64(exactly: number) {
        output.appendDecimal(number)
      } else {
        output.append(number.description)  // JSON numbers have no size limit.
      }
    } else if let number = value as? any BinaryFloatingPoint {
      // Uses the number's own shortest digits: 0.1 as a Float16 is 0.1, and not 0.0999755859375.
      append(Double("\(number)") ?? Self.double(number), to: &output)
    } else if value is any SignedNumeric {
      append(number: value.description, to: &output)
    } else if let isSensitive = rules.isSensitive, isSensitive(Logger.MetadataValue.stringConvertible(value).attributes)
    {
      append(text: Redaction.replacement, limit: limits.value, to: &output)
    } else {
      append(redacted: value.description, key: key(), to: &output)
    }
  }

  private static func double(_ number: some BinaryFloatingPoint) -> Double { Double(number) }

  /// Appends a number given by its digits (`Decimal`). If they are not a JSON number, they are written as text;
  /// not-a-number is `"NaN"`.
  private func append(number: String, to output: inout GrowingBytes) {
    if JSONNumber.isOne(number) {
      output.append(number)
    } else {
      append(text: number.lowercased() == "nan" ? "NaN" : number, limit: limits.value, to: &output)
    }
  }

  /// Appends a message and redacts the parts that look like a secret.
  func append(message: String, limit: Int? = nil, to output: inout GrowingBytes) {
    let limit = limit ?? limits.value
    if rules.redaction.leavesAlone(message: message) { return append(text: message, limit: limit, to: &output) }
    append(text: rules.redaction.redacted(message: message), limit: limit, to: &output)
  }

  /// Casts a value whose type is known.
  @inline(__always)
  private static func same<Value, Known>(_ value: Value, as known: Known.Type) -> Known {
    precondition(Value.self == Known.self)
    return unsafe unsafeBitCast(value, to: Known.self)
  }

  func append(_ number: Double, to output: inout GrowingBytes) {
    output.write(upTo: BytesWriter.longestDouble) { $0.appendJSON(number) }
  }
}

extension LogValueWriter {
  /// Creates a writer with the limits of a record of normal length.
  init(_ settings: LogSettings, reserved: NameSet = NameSet([])) {
    self.init(
      limits: Limits(value: settings.valueBytes, stack: settings.stackBytes, depth: settings.depth),
      redaction: settings.redaction, isSensitive: settings.isSensitive, reserved: reserved)
  }
}

extension GrowingBytes {
  /// Appends a quoted JSON string.
  mutating func appendQuoted(_ text: String) { Text.with(text) { appendQuoted($0) } }
}

extension BytesWriter {
  /// Writes a number. JSON has no form for infinities and NaN: they are written as text.
  mutating func appendJSON(_ number: Double) {
    if number.isFinite {
      appendDecimal(number)
    } else {
      appendInteger(UInt8(ascii: "\""))
      appendDecimal(number)
      appendInteger(UInt8(ascii: "\""))
    }
  }
}
