// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal

/// The keys of the built-in fields. A caller's field whose name clashes with one is written as `fields.NAME`.
enum ReservedKeys {
  static let prefix: StaticString = "fields."
  static let names: Set<String> = [
    "timestamp", "level", "service", "trace_id", "span_id", "trace_flags", "event", "logger", "error.type",
    "error.message", "error.stack_trace", "error.causes", "error.spans", "error.handled", "error.fingerprint",
    "error.id", "error.same_as", "error.throw_count", "error.span_id", "error.stack_source", "error.rethrown_at",
    "exception.type", "exception.message", "exception.stacktrace", "error.breadcrumbs", "fields_dropped",
  ]
  /// The names that a caller's field must not have: those of the record itself, of its preset and of the fields that
  /// every record has, and every name that is a prefix of one of them (`error` of `error.type`). A backend that reads
  /// dots as nesting, as Elasticsearch does, refuses a document in which `error` is both a text and an object.
  static func all(_ settings: LogSettings, preset: [String]) -> NameSet {
    var all = names.union(preset).union(settings.fields.map(\.key))
    if settings.recordsSource { all.formUnion(source) }
    for name in all {
      for index in name.indices where name[index] == "." { all.insert(String(name[..<index])) }
    }
    return NameSet(all)
  }

  /// The names for the place of the call.
  static let source = ["logger.source", "code.file.path", "code.line.number"]

  /// Whether a caller's field of this name is written with ``prefix``. Two different names never become the same:
  /// `fields.event` itself becomes `fields.fields.event`.
  static func areLike(_ key: UnsafeRawBufferPointer, in reserved: NameSet) -> Bool {
    var bare = unsafe key
    let length = prefix.utf8CodeUnitCount
    while bare.count > length, unsafe bare.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: length)) {
      unsafe bare = UnsafeRawBufferPointer(rebasing: bare[length...])
    }
    return unsafe reserved.contains(bare)
  }

  /// The written name of a field that every record has; it is prefixed if it clashes with a built-in name.
  static func written(_ key: String) -> String { names.contains(key) ? "\(prefix)\(key)" : key }
}
