/// Bytes that are meant to be UTF-8 and may not be: what comes from a journal is never trusted. Writing them replaces
/// what is not UTF-8.
///
/// It refers to memory that something else holds (a record, a scratch buffer, the program's constants) and is valid as
/// long as that; it never leaves the call that made it.
@safe
package struct Text {
  package let bytes: UnsafeRawBufferPointer

  @inline(__always)
  package init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  @inline(__always)
  package init(_ literal: StaticString) {
    unsafe bytes = UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  package var count: Int { unsafe bytes.count }
  package var isEmpty: Bool { unsafe bytes.isEmpty }

  package subscript(index: Int) -> UInt8 { unsafe bytes[index] }

  package func dropFirst(_ count: Int) -> Text {
    unsafe Text(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count)))
  }

  package func dropLast(_ count: Int) -> Text {
    unsafe Text(UnsafeRawBufferPointer(rebasing: bytes.dropLast(count)))
  }

  @inline(__always)
  package static func == (left: Text, right: Text) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
  }

  @inline(__always)
  package func hasPrefix(_ prefix: StaticString) -> Bool {
    let prefix = Text(prefix)
    guard count >= prefix.count else { return false }
    for index in 0..<prefix.count where self[index] != prefix[index] { return false }
    return true
  }

  /// The string's UTF-8, for the length of the call.
  @inline(__always)
  package static func with<Result>(_ string: String, _ body: (Text) -> Result) -> Result {
    var string = string
    return string.withUTF8 { unsafe body(Text(UnsafeRawBufferPointer($0))) }
  }
}
