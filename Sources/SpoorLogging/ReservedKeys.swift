internal import SpoorBytes
internal import SpoorJournal

/// The keys that the record itself uses. A caller's field of such a name is written as `fields.NAME`.
enum ReservedKeys {
  static let prefix: StaticString = "fields."
  static let names: Set<String> = [
    "timestamp", "level", "service", "trace_id", "span_id", "trace_flags", "event", "logger", "error.type",
    "error.message", "error.stack_trace", "error.causes", "error.spans", "error.handled", "error.fingerprint",
    "error.id", "error.same_as", "error.throw_count", "error.span_id", "error.stack_source",
    "exception.type", "exception.message", "exception.stacktrace", "error.breadcrumbs", "fields_dropped",
  ]
  private static let table = NameSet(names)

  /// Whether a caller's field of this name is written with ``prefix``. Two different names never become the same:
  /// `fields.event` itself becomes `fields.fields.event`.
  static func areLike(_ key: UnsafeRawBufferPointer, also reserved: NameSet? = nil) -> Bool {
    var bare = unsafe key
    let length = prefix.utf8CodeUnitCount
    while bare.count > length, unsafe bare.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: length)) {
      unsafe bare = UnsafeRawBufferPointer(rebasing: bare[length...])
    }
    if unsafe table.contains(bare) { return true }
    return unsafe reserved?.contains(bare) ?? false
  }

  /// The name under which a caller's field is written.
  static func written(_ key: String) -> String {
    unsafe withBytes(of: key) { unsafe areLike($0) } ? "\(prefix)\(key)" : key
  }
}
