internal import Logging
internal import SpoorBytes
internal import SpoorJournal

/// Writes a field's value as JSON: numbers stay numbers, booleans booleans, dictionaries and arrays nest.
struct LogValueWriter {
  /// What a value may take.
  struct Limits {
    var value: Int
    var stack: Int
    var depth: Int
    var key = 256
    var fields = Int.max
    /// Elements of one dictionary or array.
    var elements = Int.max

    /// The next tighter limits: the stack first, then all texts, then the number of things. False where there is
    /// nothing left to tighten.
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
  /// Where the output is too long in any case: nothing of a further element is worth its time.
  var end = Int.max
  /// One reference, because each record has a copy with limits of its own.
  private let rules: Rules

  /// What is the same for all records.
  private final class Rules: Sendable {
    let redaction: Redaction
    /// Whether a value with these attributes must not be written down; nil for none.
    let isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)?
    /// Names that a preset has for itself, beside our own.
    let reserved: NameSet?

    init(
      redaction: Redaction, isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)?, reserved: NameSet?
    ) {
      self.redaction = redaction
      self.isSensitive = isSensitive
      self.reserved = reserved
    }
  }

  init(
    limits: Limits, redaction: Redaction, isSensitive: (@Sendable (Logger.MetadataValueAttributes) -> Bool)? = nil,
    reserved: NameSet? = nil
  ) {
    self.limits = limits
    rules = Rules(redaction: redaction, isSensitive: isSensitive, reserved: reserved)
  }

  var redaction: Redaction { rules.redaction }

  /// Appends a quoted text of at most `limit` bytes of UTF-8: a longer one is cut between two characters and ends in
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
      guard utf8.count <= limits.value else { return false }
      unsafe output.appendQuoted(Text(UnsafeRawBufferPointer(utf8)))
      return true
    }
    return isWritten ?? false
  }

  /// Whether a key is written whole and under its own name.
  func keeps(_ key: UnsafeRawBufferPointer) -> Bool {
    unsafe key.count <= limits.key && !ReservedKeys.areLike(key, also: rules.reserved)
  }

  private func appendCut(_ bytes: UnsafeRawBufferPointer, limit: Int, to output: inout GrowingBytes) {
    var end = limit
    while end > 0, unsafe bytes[end] & 0xC0 == 0x80 { end -= 1 }
    unsafe output.appendEscaped(Text(UnsafeRawBufferPointer(rebasing: bytes[..<end])))
    output.append("…(" as StaticString)
    output.appendDecimal(Int64(bytes.count - end))
    output.append(" bytes more)" as StaticString)
  }

  /// Appends a caller's key without its quotes, renamed where the record has it for itself. Returns where it ends.
  func append(key: String, to output: inout GrowingBytes) -> Int {
    unsafe withBytes(of: key) { unsafe append(key: $0, to: &output) }
  }

  func append(key bytes: UnsafeRawBufferPointer, to output: inout GrowingBytes) -> Int {
    if unsafe ReservedKeys.areLike(bytes, also: rules.reserved) { output.append(ReservedKeys.prefix) }
    if bytes.count <= limits.key {
      unsafe output.appendEscaped(Text(bytes))
    } else {
      unsafe appendCut(bytes, limit: limits.key, to: &output)
    }
    return output.count
  }

  /// Appends a text that may be a secret.
  func append(text: String, under key: UnsafeRawBufferPointer, to output: inout GrowingBytes) {
    if unsafe rules.redaction.leavesAlone(key) { return append(text: text, limit: limits.value, to: &output) }
    let name = unsafe String(decoding: key, as: UTF8.self)
    append(text: rules.redaction.replacement(key: name, value: text) ?? text, limit: limits.value, to: &output)
  }

  /// Appends what is not a text, unless its key is a secret's.
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

  /// The values that nearly all fields have, under a key that is known. False, with nothing written, for others.
  @inline(__always)
  func append(_ value: Logger.MetadataValue, under plan: KeyPlan, key: String, to output: inout GrowingBytes) -> Bool {
    switch value {
    case .string(let text): return plan.leavesTextsAlone && appendIfShort(text, to: &output)
    case .stringConvertible(let convertible):
      guard !plan.isSecret else { return false }
      appendOpened(convertible, key: key, to: &output)
      return true
    default: return false
    }
  }

  /// The same, of a value where it lies: the types that nearly all are.
  @inline(__always)
  func append(_ value: MetadataMemory, under plan: KeyPlan, to output: inout GrowingBytes) -> Bool {
    if let text = unsafe value.text {
      guard plan.leavesTextsAlone else { return false }
      return unsafe withBytes(of: text) { bytes in
        guard bytes.count <= limits.value else { return false }
        unsafe output.appendQuoted(Text(bytes))
        return true
      }
    }
    guard !plan.isSecret else { return false }
    if let number = value.convertible(Int.self) {
      output.appendDecimal(Int64(number))
    } else if let flag = value.convertible(Bool.self) {
      if flag { output.append("true" as StaticString) } else { output.append("false" as StaticString) }
    } else if let number = value.convertible(Double.self) {
      append(number, to: &output)
    } else if let number = value.convertible(Int64.self) {
      output.appendDecimal(number)
    } else if let number = value.convertible(UInt64.self) {
      output.appendDecimal(number)
    } else {
      return false
    }
    return true
  }

  func append(_ value: Logger.MetadataValue, key: String, depth: Int, to output: inout GrowingBytes) {
    switch value {
    case .string(let text): append(redacted: text, key: key, to: &output)
    case .stringConvertible(let convertible): append(convertible, key: key, to: &output)
    case .dictionary(let dictionary):
      if rules.redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
      guard depth < limits.depth else { return append(text: "\(value)", limit: limits.value, to: &output) }
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
      guard depth < limits.depth else { return append(text: "\(value)", limit: limits.value, to: &output) }
      output.append(UInt8(ascii: "["))
      for (index, value) in array.prefix(limits.elements).enumerated() where output.count <= end {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(value, key: key, depth: depth + 1, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    }
  }

  private func append(redacted text: String, key: String, to output: inout GrowingBytes) {
    let isHarmless = unsafe withBytes(of: key) { unsafe rules.redaction.leavesAlone($0) }
    let written = isHarmless ? text : rules.redaction.replacement(key: key, value: text) ?? text
    append(text: written, limit: limits.value, to: &output)
  }

  /// What is a number or a boolean stays one: `.stringConvertible(2)` is 2.
  private func append(_ value: any CustomStringConvertible & Sendable, key: String, to output: inout GrowingBytes) {
    if rules.redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
    appendOpened(value, key: key, to: &output)
  }

  /// The types that occur are told by their metatypes: a dynamic cast to each would cost 50 ns and more.
  private func appendOpened<Value: CustomStringConvertible & Sendable>(
    _ value: Value, key: String, to output: inout GrowingBytes
  ) {
    if Value.self == Int.self {
      output.appendDecimal(Int64(Self.same(value, as: Int.self)))
    } else if Value.self == Bool.self {
      output.append(Self.same(value, as: Bool.self) ? "true" as StaticString : "false")
    } else if Value.self == Double.self {
      append(Self.same(value, as: Double.self), to: &output)
    } else if Value.self == String.self {
      append(redacted: Self.same(value, as: String.self), key: key, to: &output)
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
        output.append(number.description)  // JSON numbers have no size.
      }
    } else if let isSensitive = rules.isSensitive, isSensitive(Logger.MetadataValue.stringConvertible(value).attributes)
    {
      append(text: Redaction.replacement, limit: limits.value, to: &output)
    } else {
      append(redacted: value.description, key: key, to: &output)
    }
  }

  /// Appends a message, which may hold what looks like a secret.
  func append(message: String, limit: Int? = nil, to output: inout GrowingBytes) {
    let limit = limit ?? limits.value
    guard rules.redaction.changesTexts else { return append(text: message, limit: limit, to: &output) }
    append(text: rules.redaction.redacted(message: message), limit: limit, to: &output)
  }

  /// A value of a type that is known to be this one.
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
  /// With the limits of a record that is not too long.
  init(_ settings: LogSettings, reserved: NameSet? = nil) {
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
