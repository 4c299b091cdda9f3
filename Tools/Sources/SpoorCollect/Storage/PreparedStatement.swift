import GRDB
import GRDBSQLite

/// A statement of SQLite's, bound and stepped directly.
///
/// The writer runs some ten statements for every trace that comes in; what GRDB does around each (boxing values,
/// observing transactions, building rows) took twice as long as SQLite itself. It belongs to one connection: it may be
/// used only where that is, and must be gone before that closes.
@safe
final class PreparedStatement {
  private let handle: OpaquePointer
  /// The first thing that went wrong with a value; `run` and `next` throw it.
  private var failure = SQLITE_OK

  /// - Throws: GRDB's `DatabaseError` where the statement makes no sense.
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

  /// Gives the parameter at `index`, counted from 1, a number; `nil` is NULL.
  func bind(_ value: Int64?, at index: Int32) {
    if let value {
      note(unsafe sqlite3_bind_int64(handle, index, value))
    } else {
      note(unsafe sqlite3_bind_null(handle, index))
    }
  }

  /// Gives the parameter at `index` a number.
  func bind(_ value: Int, at index: Int32) { bind(Int64(value), at: index) }

  /// Gives the parameter at `index` bytes, which SQLite copies.
  func bind(_ bytes: [UInt8], at index: Int32) {
    // Nothing at all would be NULL.
    guard !bytes.isEmpty else { return note(unsafe sqlite3_bind_zeroblob(handle, index, 0)) }
    let code = unsafe bytes.withUnsafeBytes { bytes in
      unsafe sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), Self.copies)
    }
    note(code)
  }

  /// Runs to the end, whatever rows come; the values stay bound.
  func run() throws {
    while try next() {}
  }

  /// Goes to the next row; `false` when there is none, and the statement begins anew.
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

  /// Begins anew: what was read of the row is no more.
  func reset() {
    unsafe sqlite3_reset(handle)
    failure = SQLITE_OK
  }

  /// A number of the current row, the columns counted from 0; `nil` for NULL.
  func number(_ column: Int32) -> Int64? {
    unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : unsafe sqlite3_column_int64(handle, column)
  }

  /// Bytes of the current row.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    // Valid until the statement goes on; copied here.
    return unsafe [UInt8](
      UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  private func note(_ code: Int32) {
    if failure == SQLITE_OK { failure = code }
  }

  /// SQLITE_TRANSIENT, a macro of C's: copy before the call returns.
  private static var copies: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
