// SPDX-License-Identifier: Apache-2.0

/// Reads the records of one source of log lines in any carrier.
///
/// A line may hold one record, several (concatenated objects, an array, an OTLP export) or none. A pretty-printed
/// object is read over several lines. Lines without a record are counted.
@safe
final class RecordReader {
  private let lines: LineReader
  private var carrier = Carrier()
  private let outer = JSONTape()
  private let inner = JSONTape()
  /// The records of the current line that have not been returned, the next one last.
  private var pending: [LogView] = []
  /// The record of a line with only one record, as nearly all have.
  private var single: LogView?
  /// The lines of a pretty-printed value so far.
  private var block: [UInt8] = []
  private var blockText = PaddedBytes()
  /// Whether a search for texts may skip lines, decided by the first lines.
  private var mayskip: Bool?
  /// The number of lines that were parsed and hold no record.
  private(set) var parsedOthers: UInt64 = 0
  /// The first line without a record, for messages.
  private(set) var firstOther: [UInt8]?
  private var usedLiterals = false

  private static let maximumBlock = 4 << 20

  init(_ source: any ByteSource, following: Bool = false) { lines = LineReader(source, following: following) }

  /// The next item of a source.
  @safe
  enum Item {
    case record(LogView)
    /// A line without a record, without its end.
    case other(UnsafeRawBufferPointer)
  }

  /// The number of lines without a record so far. Lines that were skipped because they contain none of the searched
  /// texts count if they do not begin with `{`.
  var others: UInt64 { usedLiterals ? max(lines.others, parsedOthers) : parsedOthers }
  /// All lines so far.
  var lineCount: UInt64 { lines.lines }
  /// The number of the first line without a record; `nil` if it is not known.
  var firstOtherLine: UInt64? { lines.firstOther }

  /// The next record or other line, valid until the next call; `nil` if there is none, or none yet.
  ///
  /// - Parameter literals: texts of which a line must contain one to be returned; `nil` for all lines.
  func next(literals: [[UInt8]]? = nil) throws(ReadFailure) -> Item? {
    while true {
      if let view = single {
        single = nil
        return .record(view)
      }
      if let view = pending.popLast() { return .record(view) }
      let line: UnsafeRawBufferPointer?
      if let literals, mayskip == true {
        usedLiterals = true
        unsafe line = try lines.next(containing: literals)
      } else {
        unsafe line = try lines.next()
      }
      guard let line = unsafe line else {
        guard !block.isEmpty else { return nil }
        if unsafe take(finishBlock(), CarrierNote()) { continue }
        return nil
      }
      if !block.isEmpty, unsafe isElement(line) { block = [] }
      if unsafe !block.isEmpty || beginsBlock(line) {
        if unsafe addToBlock(line) { _ = unsafe take(finishBlock(), CarrierNote()) }
        continue
      }
      switch unsafe carrier.content(line) {
      case .part: mayskip = false
      case .blank: continue
      case .text(let text, let note):
        if mayskip == nil { unsafe mayskip = Self.maySkip(line) }
        if unsafe take(text, note) { continue }
        parsedOthers += 1
        if firstOther == nil { unsafe firstOther = Array(line.prefix(200)) }
        return unsafe .other(line)
      }
    }
  }

  /// Whether lines of this kind may be skipped without parsing. Lines that belong together may not.
  private static func maySkip(_ line: UnsafeRawBufferPointer) -> Bool {
    let text = unsafe Carrier.trimmed(line)
    if unsafe CRILine(text) != nil { return false }
    // Docker splits long lines, and an OTLP export is a line of many records.
    return unsafe !text.starts(with: "{\"log\":".utf8) && !text.starts(with: "{\"resourceLogs\"".utf8)
  }

  // MARK: Pretty-printed values

  private func beginsBlock(_ line: UnsafeRawBufferPointer) -> Bool {
    let text = unsafe Carrier.trimmed(line)
    return unsafe text.count == 1 && (text[0] == UInt8(ascii: "{") || text[0] == UInt8(ascii: "["))
      || text.count == 2 && text[0] == UInt8(ascii: "[") && text[1] == UInt8(ascii: "{")
  }

  /// Whether `[` began an array with one element per line.
  private func isElement(_ line: UnsafeRawBufferPointer) -> Bool {
    guard block == [UInt8(ascii: "["), 0x0A] else { return false }
    let text = unsafe Carrier.trimmed(line)
    let last = unsafe text.last == UInt8(ascii: ",") ? text.dropLast().last : text.last
    return unsafe text.count > 2 && text.first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
  }

  /// Adds a line; `true` if the value is complete, or too long to be a value.
  private func addToBlock(_ line: UnsafeRawBufferPointer) -> Bool {
    let isFirst = block.isEmpty
    unsafe block.append(contentsOf: line)
    block.append(0x0A)
    mayskip = false
    guard !isFirst else { return false }
    // A pretty-printer ends a value in the column in which it began it.
    let ends = unsafe line.first == UInt8(ascii: "}") || line.first == UInt8(ascii: "]")
    return ends || block.count > Self.maximumBlock
  }

  private func finishBlock() -> UnsafeRawBufferPointer {
    defer { block.removeAll(keepingCapacity: true) }
    return unsafe Carrier.trimmed(blockText.set(block))
  }

  // MARK: Values

  /// Extracts the records of a text; `false` if it has none.
  private func take(_ text: UnsafeRawBufferPointer, _ note: CarrierNote) -> Bool {
    var text = unsafe text
    // A line of an array with one element per line.
    if unsafe text.last == UInt8(ascii: ",") {
      unsafe text = Carrier.trimmed(UnsafeRawBufferPointer(rebasing: text.dropLast()))
    }
    guard let first = unsafe text.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return false }
    if unsafe outer.parse(text) { return unsafe takeValue(JSONTape.root, text, note) }
    return unsafe takeConcatenated(text, note)
  }

  private func takeValue(_ index: Int, _ text: UnsafeRawBufferPointer, _ note: CarrierNote) -> Bool {
    if outer.kind(index) == JSONTape.Kind.array {
      let views = outer.elements(index).filter { outer.kind($0) == JSONTape.Kind.object }.map { object in
        // The text of a single element is not known, so its JSON is re-encoded if it is needed.
        unsafe LogView(tape: outer, object: object, bytes: text, carrier: note, isPartOfText: true)
      }
      pending = views.reversed()
      return !views.isEmpty
    }
    if let wrapped = unsafe takeWrapped(index, text) { return wrapped }
    unsafe single = LogView(tape: outer, object: index, bytes: text, carrier: note)
    return true
  }

  /// Extracts several objects in one line, or an object that is followed by other text.
  private func takeConcatenated(_ text: UnsafeRawBufferPointer, _ note: CarrierNote) -> Bool {
    guard let end = unsafe Self.endOfObject(text), end < text.count else { return false }
    let rest = unsafe Carrier.trimmed(UnsafeRawBufferPointer(rebasing: text[end...]))
    let object = unsafe carrier.padded(UnsafeRawBufferPointer(rebasing: text[..<end]))
    guard unsafe outer.parse(object) else { return false }
    guard unsafe rest.first == UInt8(ascii: "{") else { return unsafe takeValue(JSONTape.root, object, note) }
    // This is rare, so each object is kept as text and parsed again when it is its turn.
    var records: [[UInt8]] = [unsafe Array(object)]
    var remaining = unsafe rest
    while let end = unsafe Self.endOfObject(remaining), end > 0 {
      records.append(unsafe Array(remaining[..<end]))
      unsafe remaining = Carrier.trimmed(UnsafeRawBufferPointer(rebasing: remaining[end...]))
    }
    let joined = "[" + records.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",") + "]"
    return unsafe take(carrier.padded(Array(joined.utf8)), note)
  }

  /// The offset after the object with which a text begins; `nil` if it does not end.
  private static func endOfObject(_ text: UnsafeRawBufferPointer) -> Int? {
    guard unsafe text.first == UInt8(ascii: "{") else { return nil }
    var (depth, isInText, index) = (0, false, 0)
    while index < text.count {
      switch unsafe text[index] {
      case UInt8(ascii: "\\") where isInText: index += 1
      case UInt8(ascii: "\""): isInText.toggle()
      case UInt8(ascii: "{") where !isInText, UInt8(ascii: "[") where !isInText: depth += 1
      case UInt8(ascii: "}") where !isInText, UInt8(ascii: "]") where !isInText:
        depth -= 1
        if depth == 0 { return index + 1 }
      default: break
      }
      index += 1
    }
    return nil
  }

  // MARK: Wrappers

  /// The keys by which a wrapper is recognised.
  private static let wrapperKeys = JSONTape.InlineKeys(
    first: Array("log".utf8), second: Array("stream".utf8), third: Array("MESSAGE".utf8),
    fourth: Array("resourceLogs".utf8))
  private static let time = Array("time".utf8)
  private static let realtime = Array("__REALTIME_TIMESTAMP".utf8)
  private static let unit = Array("_SYSTEMD_UNIT".utf8)
  private static let identifier = Array("SYSLOG_IDENTIFIER".utf8)

  /// Extracts the record inside Docker's and journald's objects, and OTLP's records; `nil` if the object is none of
  /// them.
  private func takeWrapped(_ index: Int, _ text: UnsafeRawBufferPointer) -> Bool? {
    let (log, stream, message, resourceLogs) = outer.members(index, Self.wrapperKeys)
    if log >= 0, outer.kind(log) == JSONTape.Kind.string, stream >= 0, outer.kind(stream) == JSONTape.Kind.string {
      let time = outer.member(index, Self.time).flatMap {
        unsafe Timestamp.microseconds(String(decoding: outer.bytes($0), as: UTF8.self))
      }
      switch unsafe carrier.joinedDocker(outer.bytes(log), stream: Array(outer.bytes(stream)), time: time) {
      case .part: return true
      case .blank: return true
      case .text(let record, let note): return unsafe takeInner(record, note)
      }
    }
    if message >= 0, outer.kind(message) == JSONTape.Kind.string {
      let note = CarrierNote(
        time: outer.member(index, Self.realtime).flatMap { Scalar(outer, $0)?.integer },
        source: (outer.member(index, Self.unit) ?? outer.member(index, Self.identifier)).flatMap {
          Scalar(outer, $0)?.text
        })
      let record = unsafe Carrier.trimmed(carrier.padded(outer.bytes(message)))
      // A message that is not a record itself belongs to the record that journald makes from it.
      return unsafe takeInner(record, note) ? true : nil
    }
    return resourceLogs >= 0 ? unsafe takeOTLP(resourceLogs, text) : nil
  }

  private func takeInner(_ record: UnsafeRawBufferPointer, _ note: CarrierNote) -> Bool {
    var record = unsafe record
    var note = note
    if unsafe record.first != UInt8(ascii: "{") {
      guard let brace = unsafe record.prefix(512).firstIndex(of: UInt8(ascii: "{")),
        unsafe record.last == UInt8(ascii: "}")
      else {
        return false
      }
      note.source = unsafe PrefixNote.note(String(decoding: record[..<brace], as: UTF8.self)).source ?? note.source
      unsafe record = UnsafeRawBufferPointer(rebasing: record[brace...])
    }
    guard unsafe inner.parse(record), inner.kind(JSONTape.root) == JSONTape.Kind.object else { return false }
    unsafe single = LogView(tape: inner, object: JSONTape.root, bytes: record, carrier: note)
    return true
  }

  private func takeOTLP(_ list: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    var views: [LogView] = []
    for element in outer.elements(list) {
      let resource = outer.member(element, Array("resource".utf8))
      for scope in outer.member(element, Array("scopeLogs".utf8)).map({ outer.elements($0) }) ?? [] {
        for record in outer.member(scope, Array("logRecords".utf8)).map({ outer.elements($0) }) ?? [] {
          unsafe views.append(
            LogView(
              tape: outer, object: record, bytes: text, carrier: CarrierNote(), resource: resource, isPartOfText: true))
        }
      }
    }
    pending = views.reversed()
    return true
  }
}
