// SPDX-License-Identifier: Apache-2.0

/// Writes the protocol buffers wire format into bytes.
enum ProtoWriter {
  /// Appends a message whose length is known only after its content: one byte is kept for it, more are made if needed.
  static func appendMessage<Failure: Error>(
    field: UInt8, to bytes: inout [UInt8], _ content: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    bytes.append(field << 3 | 2)
    let mark = bytes.count
    bytes.append(0)
    try content(&bytes)
    let length = bytes.count - mark - 1
    if length < 0x80 {
      bytes[mark] = UInt8(length)
    } else {
      var prefix: [UInt8] = []
      appendVarint(UInt64(length), to: &prefix)
      bytes.replaceSubrange(mark...mark, with: prefix)
    }
  }

  /// Appends a length-delimited field.
  static func append(_ content: some Collection<UInt8>, field: UInt8, to bytes: inout [UInt8]) {
    bytes.append(field << 3 | 2)
    appendVarint(UInt64(content.count), to: &bytes)
    bytes.append(contentsOf: content)
  }

  static func appendText(_ text: String, field: UInt8, to bytes: inout [UInt8]) {
    append(text.utf8, field: field, to: &bytes)
  }

  static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  static func appendFixed32(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift: UInt32 in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  static func appendFixed64(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift: UInt64 in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  static func appendBigEndian(_ value: UInt64, to bytes: inout [UInt8]) {
    appendFixed64(value.byteSwapped, to: &bytes)
  }
}
