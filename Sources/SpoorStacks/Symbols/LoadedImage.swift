// SPDX-License-Identifier: Apache-2.0

/// A program or library in the memory of a process.
public struct LoadedImage: Sendable, Hashable {
  /// The load address: the number that is added to addresses in its file.
  public let base: UInt64
  /// The first address of its code and the one after the last.
  public let code: Range<UInt64>
  /// The linker's build ID in hex; empty if it has none.
  public let buildID: String
  /// The path of its file.
  public let path: String

  /// Creates an image.
  public init(base: UInt64, code: Range<UInt64>, buildID: String, path: String) {
    self.base = base
    self.code = code
    self.buildID = buildID
    self.path = path
  }

  /// The file's name.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
