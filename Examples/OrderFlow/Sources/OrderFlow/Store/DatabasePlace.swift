#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a database lies: a file, or a symbolic link that names the file that counts now.
///
/// The link is what a switch from a primary to its replica turns: in one step, so that nobody ever reads half a name.
struct DatabasePlace: Sendable {
  /// The file, or the link.
  let path: String
  private let isLink: Bool

  init(path: String) {
    self.path = path
    isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  /// The file that counts now.
  var file: String {
    guard isLink, let name = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
    return URL(filePath: path).deletingLastPathComponent().appending(component: name).path
  }

  /// Makes `file`, which lies beside the link, the one that counts.
  func name(_ file: String) throws {
    let beside = path + ".new"
    try? FileManager.default.removeItem(atPath: beside)
    try FileManager.default.createSymbolicLink(
      atPath: beside, withDestinationPath: URL(filePath: file).lastPathComponent)
    // Replacing is what makes it one step: `rename(2)`.
    guard unsafe rename(beside, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
