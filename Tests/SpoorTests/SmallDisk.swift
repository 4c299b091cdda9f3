import Foundation

/// A file system of 512 KiB, for as long as this lives.
final class SmallDisk: Sendable {
  let path = FileManager.default.temporaryDirectory.appending(path: "spoor-disk-\(UUID().uuidString)").path

  /// Nil where this process may not mount one.
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

  /// Whether there can be one.
  static let isPossible = SmallDisk() != nil
}
