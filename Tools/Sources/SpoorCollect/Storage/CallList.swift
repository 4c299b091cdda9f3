// SPDX-License-Identifier: Apache-2.0

/// The spans of a trace in the form of a table row: entries of 12 bytes, each with an operation, whether it failed, and
/// a duration.
///
/// Above 256 spans only operations that are new to the trace get an entry with a duration, up to 4 096 entries. All
/// further spans are counted in an entry of their operation, whose last eight bytes are minus the number of its spans.
/// So every span is counted, and the durations of a huge trace are a sample.
struct CallList: Sendable {
  struct Call: Sendable {
    let operation: Int64
    let isError: Bool
    /// The duration in microseconds; 0 if the span has none, `nil` if it was not kept.
    var duration: Int64?
    /// The number of spans that the entry stands for.
    var count = 1
  }

  private static let wholeLimit = 256
  private static let limit = 4096
  private static let stride = 12

  private(set) var bytes: [UInt8]
  /// The entries that count spans, by their first four bytes; built when the first span is only counted.
  private var counters: [UInt32: Int]?

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  var count: Int { bytes.count / Self.stride }

  subscript(_ index: Int) -> Call {
    let value = head(index)
    let number = Int64(bitPattern: tail(index))
    let (operation, isError) = (Int64(value >> 1), value & 1 == 1)
    return number < 0
      ? Call(operation: operation, isError: isError, count: Int(clamping: number.magnitude))
      : Call(operation: operation, isError: isError, duration: number)
  }

  var operations: Set<Int64> { Set((0..<count).lazy.map { self[$0].operation }) }

  /// Adds a span, and returns whether its operation is in the list, which is not so only above 4 096 operations.
  @discardableResult
  mutating func append(_ call: Call, isNew: Bool) -> Bool {
    let value = UInt32(truncatingIfNeeded: call.operation) << 1 | (call.isError ? 1 : 0)
    if count < Self.wholeLimit || isNew && count < Self.limit {
      append(value, UInt64(bitPattern: call.duration ?? 0))
      return true
    }
    if counters == nil { counters = counterPlaces }
    if let index = counters?[value] {
      let number = tail(index) &- 1
      set(number, at: index)
      return true
    }
    guard !isNew, count < 2 * Self.limit else { return false }
    let place = count
    counters?[value] = place
    append(value, UInt64(bitPattern: -1))
    return true
  }

  /// The entries that count spans.
  private var counterPlaces: [UInt32: Int] {
    var places: [UInt32: Int] = [:]
    for index in 0..<count where Int64(bitPattern: tail(index)) < 0 { places[head(index)] = index }
    return places
  }

  private func head(_ index: Int) -> UInt32 {
    (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(bytes[index * Self.stride + $1]) }
  }

  private func tail(_ index: Int) -> UInt64 {
    (4..<12).reversed().reduce(0) { $0 << 8 | UInt64(bytes[index * Self.stride + $1]) }
  }

  private mutating func set(_ number: UInt64, at index: Int) {
    for offset in 0..<8 {
      bytes[index * Self.stride + 4 + offset] = UInt8(truncatingIfNeeded: number >> UInt64(8 * offset))
    }
  }

  private mutating func append(_ value: UInt32, _ number: UInt64) {
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    for shift: UInt64 in Swift.stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
