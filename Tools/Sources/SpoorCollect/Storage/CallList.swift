/// The spans of a trace as a row keeps them: 12 bytes each, the operation, whether it failed, how long it took.
///
/// Beyond 256 spans only operations that are new to the trace are added, up to 4 096: summaries of huge traces are
/// samples, which operations occur in them is not.
struct CallList: Sendable {
  struct Call: Sendable {
    let operation: Int64
    let isError: Bool
    /// Microseconds; 0 when unknown.
    let duration: Int64
  }

  private static let wholeLimit = 256
  private static let limit = 4096
  private static let stride = 12

  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  var count: Int { bytes.count / Self.stride }

  subscript(_ index: Int) -> Call {
    var value: UInt64 = 0
    var duration: UInt64 = 0
    for offset in (0..<4).reversed() { value = value << 8 | UInt64(bytes[index * Self.stride + offset]) }
    for offset in (4..<12).reversed() { duration = duration << 8 | UInt64(bytes[index * Self.stride + offset]) }
    return Call(operation: Int64(value >> 1), isError: value & 1 == 1, duration: Int64(bitPattern: duration))
  }

  var operations: Set<Int64> { Set((0..<count).lazy.map { self[$0].operation }) }

  /// Adds a call as far as there is room.
  mutating func append(_ call: Call, isNew: Bool) {
    guard count < Self.wholeLimit || isNew && count < Self.limit else { return }
    let value = UInt32(truncatingIfNeeded: call.operation) << 1 | (call.isError ? 1 : 0)
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    let duration = UInt64(bitPattern: call.duration)
    for shift: UInt64 in Swift.stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: duration >> shift))
    }
  }
}
