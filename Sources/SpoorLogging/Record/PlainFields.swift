// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase

/// The fields of a record whose keys are all known, sorted by key before any is written, so that each is written at its
/// final position.
///
/// The position of a field is the number of keys that are smaller. Moving entries, as a sort does, would read memory
/// that was just written in pieces of another size, and the processor stalls on that.
@safe
struct PlainFields: ~Copyable, @unchecked Sendable {  // It is the only owner of its memory.
  /// The maximum number of fields. More are rare, and comparing all with all would take long.
  static let most = 16

  /// Whether a record's fields can be read in their dictionary's memory.
  static let canReadDictionaries = DictionaryMemory<Logger.MetadataValue>.isReadable(
    values: sample, in: { $0 }, isSame: ==)

  private static func sample(_ number: Int) -> Logger.MetadataValue {
    switch number % 5 {
    case 0: .string("value \(number)")
    case 1: .string("a value that is longer than fifteen bytes \(number)")
    case 2: .stringConvertible(number)
    case 3: .array(["value \(number)"])
    default: .dictionary(["key": "value \(number)"])
    }
  }

  @safe
  private struct Field {
    let plan: KeyPlan
    let key: UnsafePointer<String>
    let value: UnsafePointer<Logger.MetadataValue>
  }

  private let fields: UnsafeMutablePointer<Field>
  /// For each field, the number of fields that come before it.
  private let ranks: UnsafeMutablePointer<Int>
  private(set) var count = 0

  init() {
    unsafe fields = .allocate(capacity: Self.most)
    unsafe ranks = .allocate(capacity: Self.most)
  }

  deinit {
    unsafe fields.deallocate()
    unsafe ranks.deallocate()
  }

  mutating func removeAll() { count = 0 }

  /// Adds a field, up to ``most``. The caller keeps the key and the value alive, and does not learn further keys, while
  /// the field is in use.
  @inline(__always)
  mutating func add(_ plan: KeyPlan, _ key: UnsafePointer<String>, _ value: UnsafePointer<Logger.MetadataValue>) {
    var rank = 0
    for index in 0..<count {
      let other = unsafe fields[index].plan
      let precedes = other.order != plan.order ? other.order < plan.order : Self.precedes(other, plan)
      rank += precedes ? 1 : 0
      unsafe ranks[index] += precedes ? 0 : 1
    }
    unsafe (fields + count).initialize(to: Field(plan: plan, key: key, value: value))
    unsafe ranks[count] = rank
    count += 1
  }

  /// Compares keys that begin with the same eight bytes.
  @inline(never)
  private static func precedes(_ left: KeyPlan, _ right: KeyPlan) -> Bool {
    unsafe left.quoted.dropFirst().dropLast().lexicographicallyPrecedes(right.quoted.dropFirst().dropLast())
  }

  /// The field at the given position.
  @inline(__always)
  subscript(rank: Int) -> (plan: KeyPlan, key: UnsafePointer<String>, value: UnsafePointer<Logger.MetadataValue>) {
    var index = 0
    while unsafe ranks[index] != rank { index += 1 }
    return unsafe (fields[index].plan, fields[index].key, fields[index].value)
  }
}
