/// A program or library in memory, as a process has it or had it.
public struct LoadedImage: Sendable, Hashable {
  /// Where it is loaded: what is added to the addresses in its file.
  public let base: UInt64
  /// The first address of its code and the one after the last.
  public let code: Range<UInt64>
  /// The linker's mark of the very build, in hex; empty if it has none.
  public let buildID: String
  /// The path of its file.
  public let path: String

  /// An image with what identifies it.
  public init(base: UInt64, code: Range<UInt64>, buildID: String, path: String) {
    self.base = base
    self.code = code
    self.buildID = buildID
    self.path = path
  }

  /// The file's name.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
