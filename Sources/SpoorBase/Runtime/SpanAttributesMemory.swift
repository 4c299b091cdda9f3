// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// Assumption: `SpanAttributes` is a struct around one dictionary (swift-distributed-tracing 1.0 to 1.7), whose memory
/// ``DictionaryMemory`` can read and whose values ``withBits(of:_:)`` can read.
public enum SpanAttributesMemory {
  @usableFromInline typealias Wrapped = WrappedDictionary<SpanAttributes, String, SpanAttribute>

  /// Whether the assumption holds, and shortcuts are allowed.
  public static let isReadable = RuntimeShortcuts.hold { holds(for: SpanAttributes([:])) }

  private static func holds(for sample: SpanAttributes) -> Bool {
    Wrapped.holds(for: sample)
      && DictionaryMemory.holds(values: Self.sample, in: { SpanAttributes($0) }, isSame: ==)
      && areBitsReadable((0..<kinds).map(Self.sample), isSame: ==)
  }

  private static let kinds = 6

  private static func sample(_ number: Int) -> SpanAttribute {
    switch number % kinds {
    case 0: .string("value \(number)")
    case 1: .string("a value that is longer than fifteen bytes \(number)")
    case 2: .int64(Int64(number))
    case 3: .bool(number % 2 == 0)
    case 4: .double(Double(number) / 3)
    default: .stringArray(["value \(number)"])
    }
  }

  /// The entries, read in place. The caller keeps the attributes alive and unchanged meanwhile.
  @inlinable
  @inline(__always)
  public static func entries(of attributes: borrowing SpanAttributes) -> DictionaryMemory<SpanAttribute> {
    DictionaryMemory(of: attributes)
  }

  /// Removes all attributes and keeps the memory. Returns false, with nothing changed, if the memory is shared or has
  /// room for more than `capacity` attributes.
  @inlinable
  @inline(__always)
  public static func removeAll(from attributes: inout SpanAttributes, upTo capacity: Int) -> Bool {
    Wrapped.removeAll(from: &attributes, upTo: capacity)
  }
}
