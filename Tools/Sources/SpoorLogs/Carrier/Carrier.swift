// SPDX-License-Identifier: Apache-2.0

/// Finds the record in a line of a log carrier: Kubernetes, Docker, journald, syslog, and prefixes of tools.
///
/// The formats: CRI (`TIME stdout F …`), Docker's json-file (`{"log":"…","stream":…}`), journald's JSON export
/// (`{"MESSAGE":"…"}`), `kubectl logs --prefix` and `--timestamps`, stern, `docker compose`, GitHub Actions, syslog of
/// RFC 3164 and 5424, `@cee:`.
@safe
final class Carrier {
  /// A longer prefix is part of the line's text.
  private static let maximumPrefix = 512
  /// A record that was split by its carrier is joined up to this many bytes.
  private static let maximumJoined = 16 << 20

  /// The parts of incomplete records, by stream.
  var parts = Parts()
  typealias Parts = [[UInt8]: [UInt8]]
  /// The memory for the latest joined or decoded text, with padding.
  private var text = PaddedBytes()

  /// The content of a line.
  @safe
  enum Content {
    /// Text that may be a record, valid until the next call.
    case text(UnsafeRawBufferPointer, CarrierNote)
    /// A part of a record that continues in a later line.
    case part
    /// A blank line.
    case blank
  }

  /// Removes the wrapping of a line. Padding must follow `line`.
  func content(_ line: UnsafeRawBufferPointer) -> Content {
    let trimmed = unsafe Self.trimmed(line)
    guard let first = unsafe trimmed.first else { return .blank }
    // The end of an array with one element per line.
    if trimmed.count == 1, first == UInt8(ascii: "]") { return .blank }
    if unsafe first == UInt8(ascii: "{") || first == UInt8(ascii: "[") && Self.beginsArray(trimmed) {
      return unsafe .text(trimmed, CarrierNote())
    }
    if let cri = unsafe CRILine(trimmed) { return joined(cri) }
    return unsafe prefixed(trimmed)
  }

  /// The line without blanks, carriage returns, NULs and record separators around it.
  static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var (start, end) = (0, line.count)
    func isBlank(_ byte: UInt8) -> Bool {
      byte <= 0x20 && (byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0 || byte == 0x1E)
    }
    while start < end, unsafe isBlank(line[start]) { start += 1 }
    while end > start, unsafe isBlank(line[end - 1]) { end -= 1 }
    return unsafe UnsafeRawBufferPointer(rebasing: line[start..<end])
  }

  /// Whether `[` begins a JSON array and not a prefix in brackets.
  private static func beginsArray(_ text: UnsafeRawBufferPointer) -> Bool {
    var index = 1
    while index < text.count, unsafe text[index] == 0x20 { index += 1 }
    return unsafe index == text.count || text[index] == UInt8(ascii: "{") || text[index] == UInt8(ascii: "[")
  }

  // MARK: CRI

  private func joined(_ cri: CRILine) -> Content {
    let note = CarrierNote(time: cri.time, source: nil)
    guard cri.isPartial || parts[cri.stream] != nil else { return unsafe .text(cri.text, note) }
    var all = parts.removeValue(forKey: cri.stream) ?? []
    if unsafe all.count + cri.text.count <= Self.maximumJoined { unsafe all.append(contentsOf: cri.text) }
    if cri.isPartial {
      parts[cri.stream] = all
      return .part
    }
    return unsafe .text(Self.trimmed(text.set(all)), note)
  }

  /// Adds a part of a record that Docker split. Returns the whole record once it is complete.
  func joinedDocker(_ part: UnsafeRawBufferPointer, stream: [UInt8], time: Int64?) -> Content {
    let isComplete = unsafe part.last == 0x0A || part.count < 16_384
    let key = Array("docker ".utf8) + stream
    guard !isComplete || parts[key] != nil else {
      return unsafe .text(Self.trimmed(text.set(part)), CarrierNote(time: time, source: nil))
    }
    var all = parts.removeValue(forKey: key) ?? []
    if all.count + part.count <= Self.maximumJoined { unsafe all.append(contentsOf: part) }
    guard isComplete else {
      parts[key] = all
      return .part
    }
    return unsafe .text(Self.trimmed(text.set(all)), CarrierNote(time: time, source: nil))
  }

  /// A copy with padding of a text without padding.
  func padded(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer { unsafe text.set(bytes) }

  // MARK: Prefixes

  /// The JSON object at the end of a line, after a prefix without braces.
  private func prefixed(_ line: UnsafeRawBufferPointer) -> Content {
    let limit = min(line.count, Self.maximumPrefix)
    guard let brace = unsafe line[..<limit].firstIndex(of: UInt8(ascii: "{")), unsafe line.last == UInt8(ascii: "}")
    else {
      return unsafe .text(line, CarrierNote())
    }
    let prefix = unsafe String(decoding: line[..<brace], as: UTF8.self)
    return unsafe .text(UnsafeRawBufferPointer(rebasing: line[brace...]), PrefixNote.note(prefix))
  }
}

/// A line of Kubernetes' container runtimes: `TIME STREAM TAG TEXT`, where the tag `P` marks a part.
@safe
struct CRILine {
  let time: Int64?
  let stream: [UInt8]
  let isPartial: Bool
  let text: UnsafeRawBufferPointer

  init?(_ line: UnsafeRawBufferPointer) {
    // `2025-11-28T09:20:00.124Z stdout F ` is 30 bytes at least.
    guard line.count > 28, unsafe line[4] == UInt8(ascii: "-"), unsafe line[10] == UInt8(ascii: "T"),
      let first = unsafe line[..<min(line.count, 48)].firstIndex(of: 0x20), line.count > first + 9
    else { return nil }
    let name = unsafe UnsafeRawBufferPointer(rebasing: line[(first + 1)..<(first + 7)])
    guard unsafe name.elementsEqual("stdout".utf8) || name.elementsEqual("stderr".utf8),
      unsafe line[first + 7] == 0x20,
      unsafe line[first + 8] == UInt8(ascii: "F") || line[first + 8] == UInt8(ascii: "P"),
      let end = unsafe line[(first + 8)...].firstIndex(of: 0x20) ?? (line.count == first + 9 ? line.count : nil)
    else { return nil }
    unsafe stream = Array(name)
    unsafe isPartial = line[first + 8] == UInt8(ascii: "P")
    time = unsafe Timestamp.microseconds(String(decoding: line[..<first], as: UTF8.self))
    unsafe text = UnsafeRawBufferPointer(rebasing: line[min(end + 1, line.count)...])
  }
}

/// The content of a prefix: a time, and a pod, container or program.
enum PrefixNote {
  static func note(_ prefix: String) -> CarrierNote {
    var note = CarrierNote()
    for word in prefix.split(whereSeparator: \.isWhitespace) {
      let bare = word.drop { "[<|".contains($0) }.prefix { !"]>|".contains($0) }
      guard !bare.isEmpty else { continue }
      if let time = Timestamp.microseconds(String(bare)) {
        note.time = note.time ?? time
      } else if bare.contains("/") {
        // `[pod/orders-7d9/orders]`: the container.
        note.source = bare.split(separator: "/").last.map(String.init)
      } else if note.source == nil, bare.first?.isLetter == true, !bare.hasSuffix(":"), !["@cee"].contains(bare) {
        note.source = String(bare)
      } else if bare.hasSuffix(":"), !bare.hasPrefix("@cee") {
        // `app[12]:` of syslog.
        note.source = String(bare.prefix { $0 != "[" && $0 != ":" })
      }
    }
    return note
  }
}

/// Bytes that are followed by padding, for the JSON parser.
@safe
struct PaddedBytes: ~Copyable {
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
  private static let padding = 64

  deinit { unsafe memory.deallocate() }

  /// Replaces the content. The result is valid until the next call.
  mutating func set(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer {
    if unsafe bytes.count + Self.padding > memory.count {
      unsafe memory.deallocate()
      unsafe memory = .allocate(byteCount: max(bytes.count + Self.padding, memory.count * 2), alignment: 64)
    }
    unsafe memory.copyBytes(from: bytes)
    return unsafe UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
  }
}
