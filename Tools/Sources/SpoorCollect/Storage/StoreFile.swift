// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Logging

/// Opens a store's file: locks it, makes it private to its user, checks its version and repairs it if it is damaged.
struct StoreFile {
  let path: String
  let lock: StoreLock
  /// The directory to be deleted with the store; `nil` for a store that outlives the process.
  let ownDirectory: URL?

  /// - Parameter path: the file, or a directory to keep it in; `nil` for a private temporary one.
  /// - Throws: ``StoreError``.
  init(_ path: String?) throws(StoreError) {
    if let path {
      ownDirectory = nil
      self.path = try Self.file(of: path)
    } else {
      do {
        let directory = try StorageDirectory.make()
        ownDirectory = directory
        self.path = directory.appending(path: "traces.sqlite").path
      } catch {
        throw StoreError("no temporary directory can be made: \(error.localizedDescription)")
      }
    }
    lock = try StoreLock(path: self.path)
    try makePrivate()
  }

  /// Whether the store lives as long as the process.
  var isTemporary: Bool { ownDirectory != nil }

  /// The file for a path. A directory means a file in it, and is made private if it is created here. Symbolic links are
  /// resolved, so that one store has one lock.
  private static func file(of path: String) throws(StoreError) -> String {
    let manager = FileManager.default
    var isDirectory: ObjCBool = false
    var file = path
    if unsafe manager.fileExists(atPath: path, isDirectory: &isDirectory) {
      if isDirectory.boolValue { file = URL(filePath: path).appending(path: "traces.sqlite").path }
    } else if path.hasSuffix("/") {
      guard
        (try? manager.createDirectory(
          atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])) != nil
      else { throw StoreError("the store's directory \(path) cannot be made") }
      file = URL(filePath: path).appending(path: "traces.sqlite").path
    }
    return URL(filePath: file).resolvingSymlinksInPath().path
  }

  /// Creates the file if it is missing. Only its user may read it and the files that SQLite creates beside it.
  private func makePrivate() throws(StoreError) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else {
      throw StoreError("the store \(path) must be a file that can be written, but: \(StoreError.reason())")
    }
    close(descriptor)
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else {
      throw StoreError("the store \(path) must be a regular file, but is none")
    }
    for suffix in ["", "-wal", "-shm"] { unsafe chmod(path + suffix, 0o600) }
  }

  /// Opens the database, checked and migrated. A damaged store is salvaged into a new one and set aside.
  /// - Throws: ``StoreError``.
  func pool(_ configuration: Configuration, maximumBytes: Int, logger: Logger) throws(StoreError) -> DatabasePool {
    if WriteAheadLog.finding(beside: path) == .unfinished {
      logger.warning(
        "the last transaction of the store \(path) is left out: a collector was killed while it wrote it, before its answer, or it is damaged"
      )
    }
    do throws(StoreDamage) {
      return try checked(configuration)
    } catch {
      switch error {
      case .refused(let reason): throw reason
      case .damaged(let reason):
        guard lock.wasStore else {
          throw StoreError(
            "the store \(path) must be a collector's, but cannot be read as one (\(reason)); choose another file")
        }
        let isLogDamaged = WriteAheadLog.finding(beside: path) != nil
        try StoreSalvage(
          path: path, configuration: configuration, maximumBytes: maximumBytes, isLogDamaged: isLogDamaged
        ).run(reason, logger)
      }
    }
    do throws(StoreDamage) {
      return try checked(configuration)
    } catch {
      throw StoreError("the store \(path) cannot be opened after its repair: \(error)")
    }
  }

  /// Why a file cannot be opened.
  private enum StoreDamage: Error {
    case refused(StoreError)
    case damaged(String)
  }

  private func checked(_ configuration: Configuration) throws(StoreDamage) -> DatabasePool {
    if case .damaged(let lost) = WriteAheadLog.finding(beside: path) { throw .damaged(lost) }
    do {
      let pool = try DatabasePool(path: path, configuration: configuration)
      try pool.writeWithoutTransaction { db in try refuseForeign(db) }
      let problem = try pool.read { db in
        try String.fetchOne(db, sql: "PRAGMA integrity_check(1)").flatMap { $0 == "ok" ? nil : $0 }
      }
      if let problem { throw StoreDamage.damaged(problem) }
      try Schema.migrator.migrate(pool)
      try pool.write { db in try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
      lock.markAsStore()
      return pool
    } catch let damage as StoreDamage {
      throw damage
    } catch let error as StoreError {
      throw .refused(error)
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_SCHEMA:
        throw .damaged(error.message ?? "\(error.resultCode)")
      default:
        let reason = error.message ?? "\(error.resultCode)"
        throw .refused(StoreError("the store \(path) must be readable and writable, but: \(reason)"))
      }
    } catch {
      throw .damaged("\(error)")
    }
  }

  /// Refuses tables of a later version or of another program.
  private func refuseForeign(_ db: Database) throws {
    let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
    let isOurs = tables.contains("grdb_migrations") && tables.contains("traces")
    guard isOurs || tables.isEmpty else {
      // If this store's own table of contents is damaged, the following check finds that.
      guard lock.wasStore else {
        throw StoreError(
          "the store \(path) must be a collector's, but is another program's SQLite file; choose another file")
      }
      throw StoreDamage.damaged("tables are missing")
    }
    if tables.isEmpty { return }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard try !Schema.migrator.hasBeenSuperseded(db), version == 0 else {
      let known = Schema.migrator.migrations.last ?? ""
      let found = try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations").max() ?? ""
      throw StoreError(
        "the store \(path) must be of version \(known) or older, but is of a later one (\(version > 0 ? "\(version)" : found)); "
          + "use the spoor that wrote it, or choose another file")
    }
  }
}
