// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The lock that one collector holds on its store while it runs. The kernel releases it with the process.
///
/// It is a file beside the store. Its second line proves that the store is a collector's. A damaged store may have lost
/// all other evidence, and another program's file must not be mistaken for a damaged store.
final class StoreLock: Sendable {
  private static let mark = "spoor store"

  private let descriptor: Int32
  private let file: String
  /// Whether a collector has used this store before.
  let wasStore: Bool

  /// - Throws: ``StoreError`` if another collector holds the lock, or the file cannot be created.
  init(path: String) throws(StoreError) {
    file = path + "-lock"
    descriptor = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(
        "the store \(path) must be in a directory that can be written, but \(file) cannot be made: \(StoreError.reason())"
      )
    }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
    let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
    wasStore = lines.count > 1 && lines[1] == Self.mark
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw StoreError(
        "the store \(path) must be used by one collector only, but process \(lines.first ?? "?") uses it; stop that one or "
          + "choose another file")
    }
    write(wasStore)
  }

  /// Notes that the store is a collector's.
  func markAsStore() { write(true) }

  private func write(_ isStore: Bool) {
    let text = Array("\(getpid())\n\(isStore ? Self.mark + "\n" : "")".utf8)
    ftruncate(descriptor, 0)
    _ = unsafe pwrite(descriptor, text, text.count, 0)
  }

  deinit { close(descriptor) }
}

/// Why a store cannot be used, as a message for the person who started the collector.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }

  /// The system's last error.
  static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
