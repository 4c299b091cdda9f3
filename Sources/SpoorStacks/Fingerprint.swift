/// A number that is the same for failures that are the same: in each run, and in each build of the same source.
///
/// Hashed are the error's type with its module and the names of the program's own functions on the stack. Lines and
/// addresses are not, so that an edit elsewhere in a file changes nothing. What a debug and a release build inline into
/// each other is resolved apart where there is debug information; in a stripped program only the type is left.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
  /// The hash: FNV-1a, 64 bits.
  public let value: UInt64

  /// The fingerprint of an error type and a resolved stack.
  public init(type: String, frames: [ResolvedFrame]) {
    var hash = FNV1a()
    hash.combine(type)
    var last: String?
    for frame in frames where frame.isProject {
      guard let function = frame.function else { continue }
      let name = "\(frame.module ?? "").\(function)"
      // Recursion: how deep it went is chance.
      if name != last { hash.combine(name) }
      last = name
    }
    value = hash.value
  }

  /// 16 hex digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// http://www.isthe.com/chongo/tech/comp/fnv/
private struct FNV1a {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func combine(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0)  // so that two texts are not one
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
}

extension CapturedFailure {
  /// What groups failures of the same kind. Resolves the stack: for background threads, like ``Symbolicator`` itself.
  public func fingerprint(_ symbolicator: Symbolicator) -> Fingerprint {
    let isThrow = stackSource != .catchSite
    // Where the throw is not known, the place that recorded it says little of the failure, but it is all there is.
    return Fingerprint(
      type: isThrow ? qualifiedType : "\(qualifiedType) caught", frames: symbolicator.resolve(stack))
  }
}
