// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// One parsed JSON value as a tape: an array of words that refer to each other and to the texts.
///
/// The format is simdjson's (doc/tape.md), so that its result is used without a copy: the high byte of a word is its
/// type, the rest its payload. A container's payload has the index after its end in its low 32 bits. A text's payload
/// is an offset to a 32-bit length and the bytes. An integer or a double is in the following word. Spoor adds `N`: a
/// number as text, for numbers that do not fit into 64 bits. Valid until the next ``parse(_:)``.
@safe
final class JSONTape {
  /// The type of a word, the high byte.
  enum Kind {
    static let object = UInt8(ascii: "{")
    static let objectEnd = UInt8(ascii: "}")
    static let array = UInt8(ascii: "[")
    static let arrayEnd = UInt8(ascii: "]")
    static let string = UInt8(ascii: "\"")
    static let signed = UInt8(ascii: "l")
    static let unsigned = UInt8(ascii: "u")
    static let double = UInt8(ascii: "d")
    static let number = UInt8(ascii: "N")
    static let yes = UInt8(ascii: "t")
    static let no = UInt8(ascii: "f")
    static let null = UInt8(ascii: "n")
  }

  private let strict: OpaquePointer?
  private var lenient = LenientJSON()
  /// The words and the texts of the latest value: the parser's memory, valid until its next use.
  private var words: UnsafePointer<UInt64>
  private var texts: UnsafePointer<UInt8>

  /// The names of the common fields.
  let names: CommonNames
  /// The levels of the latest texts.
  let levels = LevelCache()

  init(names: CommonNames = .shared) {
    self.names = names
    unsafe strict = spoor_json_make()
    unsafe words = UnsafePointer(lenient.words)
    unsafe texts = UnsafePointer(lenient.texts)
  }

  deinit { if let strict = unsafe strict { unsafe spoor_json_free(strict) } }

  /// The index of the value.
  static let root = 1

  /// Parses exactly one JSON value. `bytes` is followed by `SPOOR_JSON_PADDING` readable bytes.
  ///
  /// simdjson parses valid JSON. If it refuses a text, that is parsed again leniently: NaN and infinities, numbers of
  /// any size, control characters in texts and invalid UTF-8 are accepted.
  func parse(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    var tape: UnsafePointer<UInt64>?
    var strings: UnsafePointer<UInt8>?
    if let strict = unsafe strict,
      unsafe spoor_json_parse(strict, base.assumingMemoryBound(to: UInt8.self), bytes.count, &tape, &strings),
      let tape = unsafe tape, let strings = unsafe strings
    {
      unsafe words = tape
      unsafe texts = strings
      return true
    }
    guard unsafe lenient.parse(bytes) else { return false }
    unsafe words = UnsafePointer(lenient.words)
    unsafe texts = UnsafePointer(lenient.texts)
    return true
  }

  /// The type of the value at an index.
  @inline(__always)
  func kind(_ index: Int) -> UInt8 { unsafe UInt8(truncatingIfNeeded: words[index] >> 56) }

  /// The index after the value at an index.
  @inline(__always)
  func after(_ index: Int) -> Int {
    switch kind(index) {
    case Kind.object, Kind.array: unsafe Int(UInt32(truncatingIfNeeded: words[index]))
    case Kind.signed, Kind.unsigned, Kind.double: index + 2
    default: index + 1
    }
  }

  /// The bytes of a text or a number's text.
  @inline(__always)
  func bytes(_ index: Int) -> UnsafeRawBufferPointer {
    let offset = unsafe Int(words[index] & 0x00FF_FFFF_FFFF_FFFF)
    let length = unsafe UnsafeRawPointer(texts + offset).loadUnaligned(as: UInt32.self)
    return unsafe UnsafeRawBufferPointer(start: texts + offset + 4, count: Int(length))
  }

  /// The word of a number.
  @inline(__always)
  func payload(_ index: Int) -> UInt64 { unsafe words[index + 1] }

  /// The value of a key of the object at an index; the last one counts if the key occurs twice.
  @inline(__always)
  func member(_ object: Int, _ key: [UInt8]) -> Int? {
    let found = unsafe spoor_json_member(words, texts, object, key, key.count)
    return found == 0 ? nil : found
  }

  /// The set of the keys of the object at an index.
  func keys(_ object: Int) -> KeySet { unsafe KeySet(bits: spoor_json_keys(words, texts, object)) }

  /// The values of several keys of the object at an index, found in one pass; -1 for a missing key.
  func members(_ object: Int, _ keys: InlineKeys) -> (Int, Int, Int, Int) {
    var found = (-1, -1, -1, -1)
    guard kind(object) == Kind.object else { return found }
    var index = object + 1
    while kind(index) != Kind.objectEnd {
      let name = unsafe bytes(index)
      switch name.count {
      case keys.first.count where unsafe isEqual(name, keys.first): found.0 = index + 1
      case keys.second.count where unsafe isEqual(name, keys.second): found.1 = index + 1
      case keys.third.count where unsafe isEqual(name, keys.third): found.2 = index + 1
      case keys.fourth.count where unsafe isEqual(name, keys.fourth): found.3 = index + 1
      default: break
      }
      index = after(index + 1)
    }
    return found
  }

  /// Four keys of different lengths.
  struct InlineKeys {
    let first: [UInt8]
    let second: [UInt8]
    let third: [UInt8]
    let fourth: [UInt8]
  }

  /// The keys and values of the object at an index, in order.
  func members(_ object: Int) -> [(key: Int, value: Int)] {
    guard kind(object) == Kind.object else { return [] }
    var result: [(Int, Int)] = []
    var index = object + 1
    while kind(index) != Kind.objectEnd {
      result.append((index, index + 1))
      index = after(index + 1)
    }
    return result
  }

  /// The elements of the array at an index.
  func elements(_ array: Int) -> [Int] {
    guard kind(array) == Kind.array else { return [] }
    var result: [Int] = []
    var index = array + 1
    while kind(index) != Kind.arrayEnd {
      result.append(index)
      index = after(index)
    }
    return result
  }
}

@inline(__always)
private func isEqual(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Bool {
  guard left.count == right.count, let base = left.baseAddress else { return left.count == right.count }
  var index = 0
  while index < right.count {
    guard unsafe base.load(fromByteOffset: index, as: UInt8.self) == right[index] else { return false }
    index += 1
  }
  return true
}
