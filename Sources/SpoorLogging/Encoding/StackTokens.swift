// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorJournal
package import SpoorStacks

/// Placeholders for stacks in a line that is otherwise complete.
///
/// As soon as a record is logged it is a whole line of JSON in the ring, except for its stacks: looking up names takes
/// milliseconds the first time and must not burden the logging thread. A token stands in their place, between the bytes
/// 1 and 2, which cannot occur in JSON text that Spoor writes:
///
///     01 'S' frames 02                    a stack, as a quoted text
///     01 'P' frames 02                    one place of a stack, as a quoted text (RethrowPlace)
///     01 'F' ('t' or 'c') type 02         the fingerprint of a type and the line's stacks before it
///
/// A frame is `r` (a return address) or `e` (an exact address), hexadecimal digits, and a comma. For a line of a dead
/// process, the next start looks up the names in the dead process's images.
package enum StackTokens {
  private static let open: UInt8 = 1
  private static let close: UInt8 = 2

  static func append(_ stack: CapturedStack, asPlace: Bool = false, to output: inout GrowingBytes) {
    output.append(open)
    output.append(asPlace ? UInt8(ascii: "P") : UInt8(ascii: "S"))
    for frame in stack.frames {
      output.append(frame.isReturnAddress ? UInt8(ascii: "r") : UInt8(ascii: "e"))
      output.append(String(frame.address, radix: 16))
      output.append(UInt8(ascii: ","))
    }
    output.append(close)
  }

  static func appendFingerprint(type: String, isThrow: Bool, to output: inout GrowingBytes) {
    output.append(open)
    output.append(UInt8(ascii: "F"))
    output.append(isThrow ? UInt8(ascii: "t") : UInt8(ascii: "c"))
    for byte in type.utf8 where byte >= 0x20 { output.append(byte) }
    output.append(close)
  }

  /// Whether a line contains tokens.
  package static func areIn(_ line: UnsafeRawBufferPointer) -> Bool { unsafe line.contains(open) }

  /// The maximum lengths.
  package struct Limits: Sendable {
    /// The maximum length of the whole line in bytes.
    package var record: Int
    /// The maximum length of a stack in bytes.
    package var stack: Int
    package init(record: Int, stack: Int) {
      self.record = record
      self.stack = stack
    }

    /// The limits of a log's records.
    package init(_ settings: LogSettings) { self.init(record: settings.recordBytes, stack: settings.stackBytes) }
  }

  /// Returns the line with names. Do not call it on a thread that logs, because the symbolicator reads files.
  ///
  /// - Parameters:
  ///   - detail: how much is read for the stacks; fingerprints are the same for every detail.
  ///   - reads: whether files may be read; if not, frames that the symbolicator does not know yet keep their addresses.
  package static func resolved(
    _ line: UnsafeRawBufferPointer, limits: Limits, with symbolicator: Symbolicator, detail: NameDetail = .inlined,
    reads: Bool = true
  ) -> [UInt8] {
    unsafe resolved(
      line, limits: limits,
      resolve: { reads ? symbolicator.resolve($0, detail: detail) : symbolicator.known($0) },
      place: symbolicator.place(of:))
  }

  /// Returns the line with names.
  ///
  /// - Parameters:
  ///   - resolve: returns the frames of a stack.
  ///   - place: names the place of a stack for fingerprints.
  static func resolved(
    _ line: UnsafeRawBufferPointer, limits: Limits, resolve: (CapturedStack) -> [ResolvedFrame],
    place: (CapturedStack) -> String
  ) -> [UInt8] {
    let pieces = unsafe split(line)
    var room = limits.record - pieces.reduce(0) { $0 + ($1.text?.count ?? 24) }
    let values = LogValueWriter(
      limits: .init(value: limits.stack, stack: limits.stack, depth: 0), redaction: Redaction.disabled)
    var output = GrowingBytes(capacity: line.count + limits.stack)
    // The stacks of the error and its causes.
    var stacks: [CapturedStack] = []
    for piece in pieces {
      switch piece {
      case .text(let bytes): unsafe bytes.withUnsafeBytes { unsafe output.append($0) }
      case .stack(let stack):
        let frames = resolve(stack)
        stacks.append(stack)
        let text = StackText.text(of: frames)
        let before = output.count
        values.append(text: text, limit: max(0, min(limits.stack, room - 40)), to: &output)
        room -= output.count - before
      case .place(let stack):
        let before = output.count
        values.append(
          text: RethrowPlace.text(in: StackText.text(of: resolve(stack))), limit: max(0, min(1024, room - 40)),
          to: &output)
        room -= output.count - before
      case .fingerprint(let type, let isThrow):
        let print = Fingerprint(type: Fingerprint.type(type, isThrow: isThrow), places: stacks.map(place))
        output.appendQuoted(print.description)
      }
    }
    return output.array()
  }

  /// Returns the line with addresses in place of names, if no names are available.
  package static func withAddresses(_ line: [UInt8]) -> [UInt8] {
    unsafe line.withUnsafeBytes { bytes in
      guard unsafe areIn(bytes) else { return line }
      return unsafe resolved(
        bytes, limits: Limits(record: 15 << 10, stack: 4 << 10),
        resolve: { stack in
          stack.frames.map { frame in
            ResolvedFrame(
              function: nil, module: nil, file: nil, line: nil, image: "", buildID: nil, offset: frame.address,
              isInlined: false, isProject: false)
          }
        }, place: { _ in "" })
    }
  }

  private enum Piece {
    case text([UInt8])
    case stack(CapturedStack)
    case place(CapturedStack)
    case fingerprint(type: String, isThrow: Bool)

    var text: [UInt8]? { if case .text(let bytes) = self { bytes } else { nil } }
  }

  private static func split(_ line: UnsafeRawBufferPointer) -> [Piece] {
    var pieces: [Piece] = []
    var rest = unsafe line[...]
    while let start = unsafe rest.firstIndex(of: open) {
      unsafe pieces.append(.text(Array(rest[..<start])))
      unsafe rest = rest[(start + 1)...]
      guard let end = unsafe rest.firstIndex(of: close) else { break }
      unsafe pieces.append(piece(Array(rest[..<end])))
      unsafe rest = rest[(end + 1)...]
    }
    unsafe pieces.append(.text(Array(rest)))
    return pieces
  }

  private static func piece(_ token: [UInt8]) -> Piece {
    let payload = token.dropFirst()
    if token.first == UInt8(ascii: "F"), let kind = payload.first {
      return .fingerprint(
        type: String(decoding: payload.dropFirst(), as: UTF8.self), isThrow: kind == UInt8(ascii: "t"))
    }
    let frames = payload.split(separator: UInt8(ascii: ",")).compactMap { frame -> StackFrame? in
      guard let kind = frame.first, let address = UInt64(String(decoding: frame.dropFirst(), as: UTF8.self), radix: 16)
      else { return nil }
      return StackFrame(address: address, isReturnAddress: kind == UInt8(ascii: "r"))
    }
    let stack = CapturedStack(frames: frames, source: .exact)
    return token.first == UInt8(ascii: "P") ? .place(stack) : .stack(stack)
  }
}
