#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file that cannot be searched.
public struct ReadFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, and what is wrong with it.
  public let description: String

  init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }

  static func system(_ path: String) -> ReadFailure {
    ReadFailure(path, unsafe String(cString: strerror(errno)))
  }
}
