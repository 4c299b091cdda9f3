// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file system of 512 KiB that is unmounted with this object.
final class SmallDisk: Sendable {
  let path = FileManager.default.temporaryDirectory.appending(path: "spoor-disk-\(UUID().uuidString)").path

  /// `nil` if this process may not mount a file system.
  init?() {
    guard unsafe mkdir(path, 0o700) == 0 else { return nil }
    guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=512k") == 0 else {
      unsafe rmdir(path)
      return nil
    }
  }

  deinit {
    unsafe umount2(path, Int32(MNT_DETACH))
    unsafe rmdir(path)
  }

  /// Whether this process may mount a file system.
  static let isPossible = SmallDisk() != nil
}
