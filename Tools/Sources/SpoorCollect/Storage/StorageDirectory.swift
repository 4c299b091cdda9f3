// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The directory of a collector's file if none is configured: a private directory that is deleted with the process.
enum StorageDirectory {
  private static let prefix = "spoor-collect-"

  /// Creates a directory that only this user can enter, and deletes those of processes that ended without deleting
  /// theirs.
  static func make(in parent: URL = FileManager.default.temporaryDirectory) throws -> URL {
    sweep(parent)
    let name = "\(prefix)\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
    let directory = parent.appending(path: name)
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    return directory
  }

  private static func sweep(_ parent: URL) {
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: parent.path)) ?? [] where name.hasPrefix(prefix) {
      let path = parent.appending(path: name).path
      let parts = name.dropFirst(prefix.count).split(separator: "-", maxSplits: 1)
      guard parts.count == 2, let process = pid_t(parts[0]), UUID(uuidString: String(parts[1])) != nil,
        let attributes = try? manager.attributesOfItem(atPath: path),
        attributes[.type] as? FileAttributeType == .typeDirectory,
        attributes[.ownerAccountID] as? UInt32 == getuid()
      else { continue }
      // Signal 0 only checks whether the process is alive.
      if kill(process, 0) != 0, errno == ESRCH { try? manager.removeItem(atPath: path) }
    }
  }
}
