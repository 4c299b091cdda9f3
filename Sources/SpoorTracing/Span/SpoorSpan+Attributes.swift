// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal
internal import Tracing

/// Setting attributes without the dictionary of the standard API: each is written straight into the span's record.
///
/// These are the attributes of ``SpoorSpan/attributes``, with the same limits and redaction, at a quarter of the cost
/// or less. The last value of a key counts, whichever way it was set.
extension SpoorSpan {
  /// Sets an attribute to a text; one longer than ``SpanLimits/valueBytes`` is cut.
  public func setAttribute(_ key: String, _ value: String) {
    let isSet = unsafe withBytes(of: value) { unsafe core.setPlainAttribute(key, .string, $0) }
    if !isSet { core.setAttribute(key, .string(value)) }
  }

  /// Sets an attribute to a whole number.
  public func setAttribute(_ key: String, _ value: Int) {
    let isSet = unsafe withUnsafeBytes(of: Int64(value).littleEndian) {
      unsafe core.setPlainAttribute(key, .int64, $0)
    }
    if !isSet { core.setAttribute(key, .int64(Int64(value))) }
  }

  /// Sets an attribute to a number; NaN and infinities are sent as text.
  public func setAttribute(_ key: String, _ value: Double) {
    let isSet = unsafe withUnsafeBytes(of: value.bitPattern.littleEndian) {
      unsafe core.setPlainAttribute(key, .double, $0)
    }
    if !isSet { core.setAttribute(key, .double(value)) }
  }

  /// Sets an attribute to a boolean.
  public func setAttribute(_ key: String, _ value: Bool) {
    let isSet = unsafe withUnsafeBytes(of: UInt8(value ? 1 : 0)) { unsafe core.setPlainAttribute(key, .bool, $0) }
    if !isSet { core.setAttribute(key, .bool(value)) }
  }
}
