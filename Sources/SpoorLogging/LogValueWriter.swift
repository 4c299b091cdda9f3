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

  let limits: Limits
  let redaction: Redaction
  /// Where the output is too long in any case: nothing of a further element is worth its time.
  var end = Int.max

  /// Appends a quoted text of at most `limit` bytes of UTF-8: a longer one is cut between two characters and ends in
  /// `…(N bytes more)`.
  func append(text: String, limit: Int, to output: inout GrowingBytes) {
    guard text.utf8.count > limit else { return output.appendQuoted(text) }
    var text = text
    output.append(UInt8(ascii: "\""))
    text.withUTF8 { utf8 in
      var end = limit
      while end > 0, unsafe utf8[end] & 0xC0 == 0x80 { end -= 1 }
      unsafe output.appendEscaped(Text(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(utf8)[..<end])))
      output.append("…(" as StaticString)
      output.appendDecimal(Int64(utf8.count - end))
      output.append(" bytes more)\"" as StaticString)
    }
  }

  func append(_ value: Logger.MetadataValue, key: String, depth: Int, to output: inout GrowingBytes) {
    switch value {
    case .string(let text): append(redacted: text, key: key, to: &output)
    case .stringConvertible(let convertible): append(convertible, key: key, to: &output)
    case .dictionary(let dictionary):
      if redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
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
      if redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
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
    append(text: redaction.replacement(key: key, value: text) ?? text, limit: limits.value, to: &output)
  }

  /// What is a number or a boolean stays one: `.stringConvertible(2)` is 2.
  private func append(_ value: any CustomStringConvertible & Sendable, key: String, to output: inout GrowingBytes) {
    if redaction.isSecret(key) { return append(redacted: "", key: key, to: &output) }
    switch value {
    case let number as Int: output.appendDecimal(Int64(number))
    case let flag as Bool: output.append(flag ? "true" as StaticString : "false")
    case let number as Double: append(number, to: &output)
    case let number as Float: append(Double(number.description) ?? Double(number), to: &output)
    case let number as any BinaryInteger:
      if let number = Int64(exactly: number) {
        output.appendDecimal(number)
      } else if let number = UInt64(exactly: number) {
        output.appendDecimal(number)
      } else {
        output.append(number.description)  // JSON numbers have no size.
      }
    default: append(redacted: value.description, key: key, to: &output)
    }
  }

  /// JSON has no form for infinities and NaN: they are written as text.
  private func append(_ number: Double, to output: inout GrowingBytes) {
    if number.isFinite {
      output.appendDecimal(number)
    } else {
      output.append(UInt8(ascii: "\""))
      output.appendDecimal(number)
      output.append(UInt8(ascii: "\""))
    }
  }
}

extension GrowingBytes {
  /// Appends a quoted JSON string.
  mutating func appendQuoted(_ text: String) { Text.with(text) { appendQuoted($0) } }
}
