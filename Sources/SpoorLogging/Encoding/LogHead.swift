// SPDX-License-Identifier: Apache-2.0

internal import Logging

/// The head of a record without an error.
///
/// - `Name`: `StaticString` for records of an ``EventLog``, `String` for those of swift-log.
struct LogHead<Name> {
  let time: UInt64
  let level: Logger.Level
  let event: Name
  let trace: LogTrace?
}
