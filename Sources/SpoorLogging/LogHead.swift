internal import Logging

/// What a record without an error begins with.
///
/// - `Name`: `StaticString` for an ``EventLog``'s, `String` for swift-log's.
struct LogHead<Name> {
  let time: UInt64
  let level: Logger.Level
  let event: Name
  let trace: LogTrace?
}
