internal import SpoorBytes
internal import SpoorJournal
package import SpoorStacks

/// Stacks in a line that is ready but for their names.
///
/// A record is a whole line of JSON in the ring the moment it is logged, but for its stacks: names take milliseconds the
/// first time, and are none of the logging thread's business. In their place stands a token, between the bytes 1 and 2,
/// which no JSON text of ours can hold:
///
///     01 'S' frames 02                    a stack, as a quoted text
///     01 'F' ('t' or 'c') type 02         the fingerprint of the line's first stack and a type
///
/// A frame is `r` (a return address) or `e` (an exact one), hexadecimal digits, and a comma. Of a dead process's line the
/// next start makes names with the dead process's own images.
package enum StackTokens {
  private static let open: UInt8 = 1
  private static let close: UInt8 = 2

  static func append(_ stack: CapturedStack, to output: inout GrowingBytes) {
    output.append(open)
    output.append(UInt8(ascii: "S"))
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

  /// Whether there is anything to resolve in a line.
  package static func areIn(_ line: UnsafeRawBufferPointer) -> Bool { unsafe line.contains(open) }

  /// How long things may get.
  package struct Limits: Sendable {
    /// Bytes of the whole line.
    package var record: Int
    /// Bytes of one stack.
    package var stack: Int
    package init(record: Int, stack: Int) {
      self.record = record
      self.stack = stack
    }

    /// Those of a log's records.
    package init(_ settings: LogSettings) { self.init(record: settings.recordBytes, stack: settings.stackBytes) }
  }

  /// The line with names. Not for the threads that log: `resolve` may take long.
  package static func resolved(
    _ line: UnsafeRawBufferPointer, limits: Limits, resolve: (CapturedStack) -> [ResolvedFrame]
  ) -> [UInt8] {
    let pieces = unsafe split(line)
    var room = limits.record - pieces.reduce(0) { $0 + ($1.text?.count ?? 24) }
    let values = LogValueWriter(
      limits: .init(value: limits.stack, stack: limits.stack, depth: 0), redaction: Redaction.none)
    var output = GrowingBytes(capacity: line.count + limits.stack)
    var first: [ResolvedFrame]?
    for piece in pieces {
      switch piece {
      case .text(let bytes): unsafe bytes.withUnsafeBytes { unsafe output.append($0) }
      case .stack(let stack):
        let frames = resolve(stack)
        if first == nil { first = frames }
        let text = StackText.text(of: frames)
        let before = output.count
        values.append(text: text, limit: max(0, min(limits.stack, room - 40)), to: &output)
        room -= output.count - before
      case .fingerprint(let type, let isThrow):
        let print = Fingerprint(type: isThrow ? type : "\(type) caught", frames: first ?? [])
        output.appendQuoted(print.description)
      }
    }
    return output.array()
  }

  /// The line with addresses in place of names: where nobody knows better.
  package static func withAddresses(_ line: [UInt8]) -> [UInt8] {
    unsafe line.withUnsafeBytes { bytes in
      guard unsafe areIn(bytes) else { return line }
      return unsafe resolved(bytes, limits: Limits(record: 15 << 10, stack: 4 << 10)) { stack in
        stack.frames.map { frame in
          ResolvedFrame(
            function: nil, module: nil, file: nil, line: nil, image: "", buildID: nil, offset: frame.address,
            isInlined: false, isProject: false)
        }
      }
    }
  }

  private enum Piece {
    case text([UInt8])
    case stack(CapturedStack)
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
    return .stack(CapturedStack(frames: frames, source: .exact))
  }
}
