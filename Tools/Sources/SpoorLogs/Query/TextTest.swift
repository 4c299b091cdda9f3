// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// A search for a text anywhere in a record: in its raw JSON, and in its decoded keys and values.
public struct TextTest: Sendable, Hashable {
  /// The text.
  public let text: String
  /// Whether the case of ASCII letters is ignored.
  public let ignoresCase: Bool
  private let bytes: [UInt8]
  /// Whether every JSON writer writes the text unescaped.
  private let isPlain: Bool

  /// Creates a test.
  public init(_ text: String, ignoresCase: Bool = false) {
    self.text = text
    self.ignoresCase = ignoresCase
    bytes = ignoresCase ? text.utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } : Array(text.utf8)
    isPlain = text.utf8.allSatisfy { Literal.isPlain($0) || $0 == UInt8(ascii: " ") }
  }

  func matches(_ view: LogView) -> Bool {
    if !view.isPartOfText {
      if unsafe contains(view.bytes) { return true }
      if isPlain { return false }
    }
    return contains(view.tape, view.object)
  }

  private func contains(_ tape: JSONTape, _ index: Int) -> Bool {
    switch tape.kind(index) {
    case JSONTape.Kind.string: unsafe contains(tape.bytes(index))
    case JSONTape.Kind.object: tape.members(index).contains { contains(tape, $0.key) || contains(tape, $0.value) }
    case JSONTape.Kind.array: tape.elements(index).contains { contains(tape, $0) }
    default: contains(Scalar(tape, index)?.text ?? "")
    }
  }

  private func contains(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { unsafe contains(UnsafeRawBufferPointer($0)) }
  }

  private func contains(_ haystack: UnsafeRawBufferPointer) -> Bool {
    guard let base = haystack.baseAddress else { return bytes.isEmpty }
    return ignoresCase
      ? unsafe spoor_find_ignoring_case(base.assumingMemoryBound(to: UInt8.self), haystack.count, bytes, bytes.count)
        >= 0
      : unsafe spoor_find(base, haystack.count, bytes, bytes.count) >= 0
  }

  var literals: [[UInt8]]? {
    guard !ignoresCase else { return nil }
    let run = Literal.longestRun(text)
    return run.isEmpty ? nil : [run]
  }
}
