// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The names of secrets: decides whether a key is secret, in any spelling.
///
/// A key is folded before it is compared: case, `-`, `_`, `.` and every other ASCII character that is neither a letter
/// nor a digit are ignored, and camel case is split into words. `access_token`, `access-token`, `AccessToken` and
/// `access.token` are the same name.
struct SecretNames: Sendable {
  /// Whether there are no names.
  let isEmpty: Bool
  /// Names without a wildcard, folded.
  private let exact: Set<String>
  private let globs: [Glob]
  private let exceptExact: Set<String>
  private let exceptions: [Glob]
  private let harmless = HarmlessKeys()

  /// A name with wildcards, and the form of a key that it is compared with.
  private struct Glob: Sendable {
    let pattern: NamePattern
    let form: Form

    enum Form { case folded, words, written }

    init(_ name: String) {
      if name.contains(".") {
        pattern = NamePattern(name.lowercased())
        form = .written
      } else if name.contains(where: { $0 == "_" || $0 == "-" }) {
        pattern = NamePattern(name.lowercased().replacing("-", with: "_"))
        form = .words
      } else {
        pattern = NamePattern(name.lowercased())
        form = .folded
      }
    }

    func matches(_ key: FoldedKey) -> Bool {
      switch form {
      case .folded: pattern.matches(key.folded)
      case .words: pattern.matches(key.words)
      case .written: pattern.matches(key.written)
      }
    }
  }

  /// - Parameter names: in the syntax of ``Redaction/init(names:patterns:custom:)``.
  init(_ names: [String]) {
    let secret = names.filter { !$0.hasPrefix("!") }
    let kept = names.filter { $0.hasPrefix("!") }.map { String($0.dropFirst()) }
    exact = Set(secret.filter { !$0.contains("*") }.map { FoldedKey($0).folded }.filter { !$0.isEmpty })
    globs = secret.filter { $0.contains("*") }.map(Glob.init)
    exceptExact = Set(kept.filter { !$0.contains("*") }.map { FoldedKey($0).folded })
    exceptions = kept.filter { $0.contains("*") }.map(Glob.init)
    isEmpty = exact.isEmpty && globs.isEmpty
  }

  /// Whether values with this key are secret.
  @inline(__always)
  func contains(_ key: UnsafeRawBufferPointer) -> Bool {
    if isEmpty { return false }
    if unsafe harmless.contains(key) { return false }
    return unsafe judge(key)
  }

  @inline(never)
  private func judge(_ key: UnsafeRawBufferPointer) -> Bool {
    if contains(FoldedKey(unsafe String(decoding: key, as: UTF8.self))) { return true }
    unsafe harmless.insert(key)
    return false
  }

  /// Whether values with this key are secret, without caching the answer. For keys that occur only once.
  func contains(_ key: FoldedKey) -> Bool {
    guard exact.contains(key.folded) || exact.contains(key.lastPart) || globs.contains(where: { $0.matches(key) })
    else { return false }
    return !exceptExact.contains(key.folded) && !exceptExact.contains(key.lastPart)
      && !exceptions.contains { $0.matches(key) }
  }
}

/// A key in the forms that names are compared with.
struct FoldedKey {
  /// The key in lower case, otherwise as written.
  let written: String
  /// Only letters and digits, in lower case: `accesstoken`.
  let folded: String
  /// The words in lower case, joined by `_`: `access_token`.
  let words: String
  /// The ``folded`` form of the part after the last dot.
  let lastPart: String

  /// Of longer keys only this many last bytes are compared; no name is that long.
  private static let longest = 512

  init(_ text: String) {
    let text = text.utf8.count > Self.longest ? String(decoding: text.utf8.suffix(Self.longest), as: UTF8.self) : text
    written = text.lowercased()
    var folded: [UInt8] = []
    var words: [UInt8] = []
    var lastPart = 0
    // Outside ASCII only `String` knows the lower case, whose length may differ. Such keys are not split by camel case.
    let bytes = text.utf8.allSatisfy { $0 < 0x80 } ? Array(text.utf8) : Array(written.utf8)
    var startsWord = false
    for (index, byte) in bytes.enumerated() {
      guard Self.isLetterOrDigit(byte) else {
        startsWord = !folded.isEmpty
        if byte == UInt8(ascii: ".") { lastPart = folded.count }
        continue
      }
      if startsWord || Self.isBorder(bytes, at: index), !words.isEmpty { words.append(UInt8(ascii: "_")) }
      startsWord = false
      let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
      folded.append(lower)
      words.append(lower)
    }
    self.folded = String(decoding: folded, as: UTF8.self)
    self.words = String(decoding: words, as: UTF8.self)
    self.lastPart = String(decoding: folded[lastPart...], as: UTF8.self)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
  }

  private static func isUpper(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }

  /// Whether a word begins here by camel case: `userPassword`, `APIKey`.
  private static func isBorder(_ bytes: [UInt8], at index: Int) -> Bool {
    guard index > 0, isUpper(bytes[index]), isLetterOrDigit(bytes[index - 1]) else { return false }
    if !isUpper(bytes[index - 1]) { return true }
    guard index + 1 < bytes.count else { return false }
    return bytes[index + 1] &- 0x61 < 26
  }
}

/// A cache of keys that are not secret, so that the same key is not folded again for each field.
///
/// It stores hashes and not the keys: a key counts as harmless if 63 bits of its hash equal those of a key that was
/// checked. The seed is random for each process, so that nobody can construct two such keys.
///
/// Each key has a set of four places. With one place, two of a service's keys that share it would replace each other in
/// every span, and folding a key costs as much as ten attributes.
@safe
private final class HarmlessKeys: @unchecked Sendable {  // The words are only touched atomically.
  private static let setCount = 256
  private static let ways = 4
  private let words = unsafe CacheLines.allocate(setCount * ways, of: UInt64.self)
  private let seed = UInt64.random(in: .min ... .max)

  deinit { unsafe words.deallocate() }

  @inline(__always)
  private func places(_ key: UnsafeRawBufferPointer) -> (set: UnsafeMutablePointer<UInt64>, hash: UInt64) {
    let hash = unsafe key.baseAddress.map { unsafe spoor_key_hash($0, key.count, seed) } ?? seed
    let set = Int(truncatingIfNeeded: hash & UInt64(Self.setCount - 1))
    // Never zero, which marks a free place.
    return unsafe (words + set * Self.ways, hash | 1)
  }

  @inline(__always)
  func contains(_ key: UnsafeRawBufferPointer) -> Bool {
    let (set, hash) = unsafe places(key)
    for way in 0..<Self.ways where unsafe spoor_load64_relaxed(set + way) == hash { return true }
    return false
  }

  func insert(_ key: UnsafeRawBufferPointer) {
    let (set, hash) = unsafe places(key)
    let free = (0..<Self.ways).first { unsafe spoor_load64_relaxed(set + $0) == 0 }
    // Which key gives way changes with the one that comes.
    let way = free ?? Int(truncatingIfNeeded: hash >> 32) % Self.ways
    unsafe spoor_store64_relaxed(set + way, hash)
  }
}
