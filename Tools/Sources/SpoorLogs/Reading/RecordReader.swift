// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// Reads the records of one source of log lines in any carrier, or of a piece of it.
///
/// A line may hold one record, several (concatenated objects, an array, an OTLP export) or none. A pretty-printed
/// object is read over several lines. Lines without a record are counted.
@safe
final class RecordReader {
  private var lines: LineReader
  private let carrier = Carrier()
  private let outer: JSONTape
  private let inner: JSONTape
  private let outerView: LogView
  private let innerView: LogView
  /// The records of the current line that have not been returned, the next one last.
  private var pending: [LogView] = []
  /// The record of a line with only one record, as nearly all have.
  private var single: LogView?
  /// The lines of a pretty-printed value so far.
  private var block: [UInt8] = []
  private var blockText = PaddedBytes()
  /// The number of lines that were parsed and hold no record.
  private var parsedOthers: UInt64 = 0
  private var usedLiterals = false
  /// Whether the current line contains one of the searched texts.
  private var hasLiteral = true
  /// Whether more lines follow those that it reads.
  private let isPiece: Bool

  private static let maximumBlock = 4 << 20

  init(_ source: any ByteSource, following: Bool = false) {
    lines = LineReader(source, following: following)
    isPiece = false
    (outer, inner) = (JSONTape(), JSONTape())
    (outerView, innerView) = (LogView(outer), LogView(inner))
  }

  /// Creates a reader of pieces, for one thread.
  ///
  /// - Parameter names: names that no other thread uses.
  init(names: CommonNames) {
    lines = LineReader(LineBuffer(capacity: 0))
    isPiece = true
    (outer, inner) = (JSONTape(names: names), JSONTape(names: names))
    (outerView, innerView) = (LogView(outer), LogView(inner))
  }

  /// What lines before a piece mean for its records.
  struct State: Equatable {
    /// The parts of records that their carrier has split.
    var parts = Carrier.Parts()
    /// The lines of a pretty-printed value that is not complete.
    var block: [UInt8] = []

    /// Whether no record of the lines before is incomplete.
    var isBetweenRecords: Bool { parts.isEmpty && block.isEmpty }
  }

  /// What the lines so far mean for the next piece.
  var state: State { State(parts: carrier.parts, block: block) }

  /// Begins a piece, of which the counts are then.
  func begin(_ piece: LineBuffer, after state: State) {
    lines = LineReader(piece)
    carrier.parts = state.parts
    block = state.block
    (parsedOthers, usedLiterals) = (0, false)
  }

  /// Ends the source after its last piece: an incomplete value becomes the next item, if it is one after all.
  func end() -> Bool {
    guard !block.isEmpty else { return false }
    hasLiteral = true
    return unsafe take(finishBlock(), CarrierNote())
  }

  /// The counts of lines of a piece or a source.
  struct Counts {
    var lines: UInt64 = 0
    /// The lines that are no records by their looks.
    var unlikely: UInt64 = 0
    /// The lines that were parsed and hold no record.
    var parsedOthers: UInt64 = 0
    /// The number, from 1, of the first line that is no record by its looks.
    var firstOther: UInt64?
    /// Whether lines could be skipped because they contain none of the searched texts.
    var usedLiterals = false

    /// The number of lines without a record; if lines could be skipped, by their looks.
    var others: UInt64 { usedLiterals ? unlikely : parsedOthers }

    /// Adds the counts of the next piece.
    mutating func add(_ next: Counts) {
      if firstOther == nil { firstOther = next.firstOther.map { $0 + lines } }
      lines += next.lines
      unlikely += next.unlikely
      parsedOthers += next.parsedOthers
      usedLiterals = usedLiterals || next.usedLiterals
    }
  }

  var counts: Counts {
    Counts(
      lines: lines.lines, unlikely: lines.unlikely, parsedOthers: parsedOthers, firstOther: lines.firstUnlikely,
      usedLiterals: usedLiterals)
  }

  /// The next item of a source.
  @safe
  enum Item {
    case record(LogView)
    /// A line without a record, without its end.
    case other(UnsafeRawBufferPointer)
  }

  /// The next record or other line, valid until the next call; `nil` if there is none, or none yet.
  ///
  /// - Parameter literals: texts of which a line must contain one to be returned; `nil` for all lines.
  func next(literals: [[UInt8]]? = nil) throws(ReadFailure) -> Item? {
    while true {
      let next = single ?? pending.popLast()
      single = nil
      if let view = next {
        // Not all lines without the texts are skipped, and the result must not depend on which were. A record that
        // its carrier has split has them as a whole.
        guard unsafe hasLiteral || Self.contains(view.bytes, literals) else { continue }
        return .record(view)
      }
      let line: UnsafeRawBufferPointer?
      if literals != nil { usedLiterals = true }
      if let literals, block.isEmpty, carrier.parts.isEmpty {
        unsafe line = try lines.next(containing: literals)
      } else {
        unsafe line = try lines.next()
      }
      guard let line = unsafe line else {
        guard !isPiece, end() else { return nil }
        continue
      }
      if !block.isEmpty, unsafe isElement(line) { block = [] }
      if unsafe !block.isEmpty || beginsBlock(line) {
        if unsafe addToBlock(line) {
          let text = unsafe finishBlock()
          hasLiteral = unsafe Self.contains(text, literals)
          _ = unsafe take(text, CarrierNote())
        }
        continue
      }
      switch unsafe carrier.content(line) {
      case .part, .blank: continue
      case .text(let text, let note):
        hasLiteral = unsafe Self.contains(line, literals) || Self.contains(text, literals)
        if unsafe take(text, note) { continue }
        parsedOthers += 1
        return unsafe .other(line)
      }
    }
  }

  /// Whether a text contains one of the literals, if there are some.
  private static func contains(_ text: UnsafeRawBufferPointer, _ literals: [[UInt8]]?) -> Bool {
    guard let literals else { return true }
    return literals.contains { unsafe spoor_find(text.baseAddress, text.count, $0, $0.count) >= 0 }
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
        unsafe LogView(outer, partOf: text, object, carrier: note, resource: nil)
      }
      pending = views.reversed()
      return !views.isEmpty
    }
    let keys = outer.keys(index)
    if keys.hasCarrier, let wrapped = unsafe takeWrapped(index, text) { return wrapped }
    unsafe outerView.show(keys, text, carrier: note)
    single = outerView
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
    unsafe innerView.show(inner.keys(JSONTape.root), record, carrier: note)
    single = innerView
    return true
  }

  private func takeOTLP(_ list: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    var views: [LogView] = []
    for element in outer.elements(list) {
      let resource = outer.member(element, Array("resource".utf8))
      for scope in outer.member(element, Array("scopeLogs".utf8)).map({ outer.elements($0) }) ?? [] {
        for record in outer.member(scope, Array("logRecords".utf8)).map({ outer.elements($0) }) ?? [] {
          unsafe views.append(
            LogView(outer, partOf: text, record, carrier: CarrierNote(), resource: resource))
        }
      }
    }
    pending = views.reversed()
    return true
  }
}
