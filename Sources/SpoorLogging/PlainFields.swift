internal import Logging

/// The fields of one record whose keys are all known, in the order of their keys, before any is written: so each is written
/// where it belongs.
///
/// Where each goes is counted out against each of the others. To move those behind it, as a sort would, reads what has just
/// been written in other pieces, for which a processor waits.
@safe
struct PlainFields: ~Copyable, @unchecked Sendable {  // It owns its memory alone.
  /// More are rare, and would take long.
  static let most = 16

  @safe
  private struct Field {
    let plan: KeyPlan
    let value: UnsafePointer<Logger.MetadataValue>
  }

  private let fields: UnsafeMutablePointer<Field>
  /// How many others come before each.
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

  /// Takes a field in, of at most ``most``. The caller keeps the value, and learns no further key, while it is here.
  @inline(__always)
  mutating func add(_ plan: KeyPlan, _ value: UnsafePointer<Logger.MetadataValue>) {
    var rank = 0
    for index in 0..<count {
      let other = unsafe fields[index].plan
      let precedes = other.order != plan.order ? other.order < plan.order : Self.precedes(other, plan)
      rank += precedes ? 1 : 0
      unsafe ranks[index] += precedes ? 0 : 1
    }
    unsafe (fields + count).initialize(to: Field(plan: plan, value: value))
    unsafe ranks[count] = rank
    count += 1
  }

  /// Keys that begin with the same eight bytes.
  @inline(never)
  private static func precedes(_ left: KeyPlan, _ right: KeyPlan) -> Bool {
    unsafe left.quoted.dropFirst().dropLast().lexicographicallyPrecedes(right.quoted.dropFirst().dropLast())
  }

  /// The field that so many come before.
  @inline(__always)
  subscript(rank: Int) -> (plan: KeyPlan, value: UnsafePointer<Logger.MetadataValue>) {
    var index = 0
    while unsafe ranks[index] != rank { index += 1 }
    return unsafe (fields[index].plan, fields[index].value)
  }
}
