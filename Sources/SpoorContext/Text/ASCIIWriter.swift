// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Writes a short ASCII text straight into the string that holds it: one allocation, or none up to 15 bytes.
///
/// A writer exists only inside `string(capacity:_:)` and must not outlive its buffer. It is passed `inout`, cannot be
/// copied, and traps before it would write past its end.
@safe struct ASCIIWriter: ~Copyable {
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private let capacity: Int
  private var count = 0

  private init(unsafe buffer: UnsafeMutableBufferPointer<UInt8>) {
    unsafe self.buffer = buffer
    capacity = buffer.count
  }

  /// The text that `body` writes, at most `capacity` bytes.
  static func string(capacity: Int, _ body: (inout ASCIIWriter) -> Void) -> String {
    // The buffer is valid and exclusively ours until the closure returns; `count` bytes of it are initialised by then.
    unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
      var writer = unsafe ASCIIWriter(unsafe: buffer)
      body(&writer)
      return writer.count
    }
  }

  mutating func append(_ byte: UInt8) {
    precondition(count < capacity, "a text longer than its writer's caller promised")
    // In bounds by the line above.
    unsafe buffer[count] = byte
    count += 1
  }

  mutating func append(_ id: TraceID) {
    if !id.is64Bit { append(hex: id.high) }
    append(hex: id.low)
  }

  mutating func appendPadded(_ id: TraceID) {
    append(hex: id.high)
    append(hex: id.low)
  }

  mutating func append(_ id: SpanID) {
    append(hex: id.rawValue)
  }

  /// Two lower-case hexadecimal digits.
  mutating func append(hex byte: UInt8) {
    append(HexBytes.digit(byte >> 4))
    append(HexBytes.digit(byte & 15))
  }

  /// 16 lower-case hexadecimal digits.
  private mutating func append(hex value: UInt64) {
    var shift: UInt64 = 64
    while shift > 0 {
      shift -= 4
      append(HexBytes.digit(UInt8(truncatingIfNeeded: value >> shift) & 15))
    }
  }
}
