// SPDX-License-Identifier: Apache-2.0

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

/// The place of a database: a file, or a symbolic link to the current file.
///
/// A switch from a primary to its replica replaces the link in one step, so that no reader sees half a name.
struct DatabasePlace: Sendable {
  /// The path of the file or the link.
  let path: String
  private let isLink: Bool

  init(path: String) {
    self.path = path
    isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  /// The current file.
  var file: String {
    guard isLink, let name = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
    return URL(filePath: path).deletingLastPathComponent().appending(component: name).path
  }

  /// Makes `file`, in the same directory as the link, the current one.
  func name(_ file: String) throws {
    let beside = path + ".new"
    try? FileManager.default.removeItem(atPath: beside)
    try FileManager.default.createSymbolicLink(
      atPath: beside, withDestinationPath: URL(filePath: file).lastPathComponent)
    // `rename(2)` replaces the link in one step.
    guard unsafe rename(beside, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
