// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// A number that groups failures: it is the same for equal failures in each run and in each build of the same source.
///
/// It is a hash of the error's type with its module, the place of its throw, and the places of its causes. A place is
/// the program's first function on the stack, from the symbol table alone: it depends neither on whether lines were
/// read nor on the callers, such as middlewares. Lines and addresses are not part of it, so that an edit elsewhere in a
/// file changes nothing. A program without symbols has offsets in place of functions; the fingerprint is then only the
/// same in every run of one build.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
  /// The hash: FNV-1a, 64 bits.
  public let value: UInt64

  /// Creates the fingerprint of an error type and the places where it and its causes were thrown, nearest first.
  public init(type: String, places: [String]) {
    var hash = FNV1a()
    hash.combine(type)
    for place in places { hash.combine(place) }
    value = hash.value
  }

  /// 16 hex digits.
  public var description: String { HexBytes.encode(value) }
}

/// http://www.isthe.com/chongo/tech/comp/fnv/
private struct FNV1a {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func combine(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0)  // separates two texts
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
}

extension CapturedFailure {
  /// The fingerprint of this failure. Reads symbols, so call it on a background thread.
  public func fingerprint(_ symbolicator: Symbolicator) -> Fingerprint {
    let stacks = [stack] + causes.compactMap(\.stack)
    return Fingerprint(
      type: Fingerprint.type(qualifiedType, isThrow: stackSource != .catchSite),
      places: stacks.map(symbolicator.place(of:)))
  }
}

extension Fingerprint {
  /// The type of an error in the form that is hashed. If the throw is not known, the place is the one that recorded the
  /// error.
  package static func type(_ qualifiedType: String, isThrow: Bool) -> String {
    isThrow ? qualifiedType : "\(qualifiedType) caught"
  }
}
