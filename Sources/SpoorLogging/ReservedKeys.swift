/// The keys that the record itself uses. A caller's field of such a name is written as `fields.NAME`.
enum ReservedKeys {
  static let names: Set<String> = [
    "timestamp", "level", "service", "trace_id", "span_id", "trace_flags", "event", "logger", "error.type",
    "error.message", "error.stack_trace", "error.causes", "error.spans", "error.handled", "error.fingerprint",
    "error.id", "error.same_as", "error.throw_count", "error.span_id", "error.stack_source",
    "exception.type", "exception.message", "exception.stacktrace", "error.breadcrumbs", "fields_dropped",
  ]
  private static let prefix = "fields."
  private static let lengths: UInt64 = names.reduce(0) { $0 | 1 << UInt64($1.utf8.count) }

  /// The name under which a caller's field is written. Two different names never become the same: `fields.event` itself
  /// becomes `fields.fields.event`.
  static func written(_ key: String) -> String {
    let count = key.utf8.count
    // Most keys end here.
    guard count > prefix.utf8.count || (count < 64 && lengths & 1 << UInt64(count) != 0) else { return key }
    var bare = key[...]
    while bare.utf8.starts(with: prefix.utf8) { bare = bare.dropFirst(prefix.count) }
    return names.contains(String(bare)) ? prefix + key : key
  }
}
