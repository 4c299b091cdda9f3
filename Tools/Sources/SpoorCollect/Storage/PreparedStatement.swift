// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite

/// An SQLite statement that is bound and stepped directly.
///
/// The writer runs some ten statements for each incoming trace, and GRDB's work around each of them (boxing values,
/// observing transactions, building rows) took twice as long as SQLite itself. A statement belongs to one connection:
/// it may only be used there, and must be released before the connection closes.
@safe
final class PreparedStatement {
  private let handle: OpaquePointer
  /// The first error while binding a value; `run` and `next` throw it.
  private var failure = SQLITE_OK

  /// - Throws: GRDB's `DatabaseError` if the statement is not valid SQL.
  init(_ db: Database, _ sql: String) throws {
    var handle: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(
      db.sqliteConnection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle = unsafe handle else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage, sql: sql)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Binds a number to the parameter at `index`, counted from 1; `nil` is NULL.
  func bind(_ value: Int64?, at index: Int32) {
    if let value {
      note(unsafe sqlite3_bind_int64(handle, index, value))
    } else {
      note(unsafe sqlite3_bind_null(handle, index))
    }
  }

  /// Binds a number to the parameter at `index`.
  func bind(_ value: Int, at index: Int32) { bind(Int64(value), at: index) }

  /// Binds bytes to the parameter at `index`. SQLite copies them.
  func bind(_ bytes: [UInt8], at index: Int32) {
    // An empty pointer would be NULL.
    guard !bytes.isEmpty else { return note(unsafe sqlite3_bind_zeroblob(handle, index, 0)) }
    let code = unsafe bytes.withUnsafeBytes { bytes in
      unsafe sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), Self.copies)
    }
    note(code)
  }

  /// Runs to the end and ignores rows. The values stay bound.
  func run() throws {
    while try next() {}
  }

  /// Moves to the next row; `false` if there is none, and the statement is then reset.
  func next() throws -> Bool {
    let code = failure == SQLITE_OK ? unsafe sqlite3_step(handle) : failure
    if code == SQLITE_ROW { return true }
    reset()
    guard code == SQLITE_DONE else {
      let message = unsafe sqlite3_errmsg(sqlite3_db_handle(handle)).map { unsafe String(cString: $0) }
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
    return false
  }

  /// Resets the statement. Values of the current row become invalid.
  func reset() {
    unsafe sqlite3_reset(handle)
    failure = SQLITE_OK
  }

  /// A number of the current row, with columns counted from 0; `nil` for NULL.
  func number(_ column: Int32) -> Int64? {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : unsafe sqlite3_column_int64(handle, column)
  }

  /// Bytes of the current row.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    // The pointer is only valid until the next step, so the bytes are copied.
    return unsafe [UInt8](
      UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  private func note(_ code: Int32) {
    if failure == SQLITE_OK { failure = code }
  }

  /// SQLITE_TRANSIENT, a C macro: SQLite copies before the call returns.
  private static var copies: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
