// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase
internal import SpoorContext
internal import SpoorExport
internal import SpoorJournal

/// An open span of a living process: something that the process is in the middle of.
public struct LiveSpan: Sendable {
  /// The name of the process's service.
  public let service: String
  /// The instance id of the service.
  public let instance: String
  /// The id of the process, as the process knows it.
  public let processID: UInt64
  /// The trace id: 16 or 32 lower-case hexadecimal digits.
  public let traceID: String
  /// The span id: 16 lower-case hexadecimal digits.
  public let spanID: String
  /// The span id as a number.
  let id: UInt64
  /// The id of the parent: 16 lower-case hexadecimal digits; nil for the root of a trace.
  public let parentID: String?
  /// The kind by its name in Zipkin, such as `SERVER`; nil for an operation within the service.
  public let kind: String?
  /// The name of the operation so far.
  public let name: String
  /// The start in nanoseconds since 1970.
  public let start: UInt64
  /// How long the span has been open, in nanoseconds.
  public let age: UInt64
  /// The attributes so far, each once.
  public let tags: [(key: String, value: String)]
  /// The newest log event inside the span, if the ring of log lines still has it.
  public private(set) var lastEvent: String?

  /// The open spans of the living processes in a directory and the directories below it, the oldest first.
  ///
  /// Nothing is changed and no process is disturbed: the files are read with `pread`, and no lock is held. Spans that
  /// start or end at the same time may be missing.
  ///
  /// - Throws: ``JournalUnreadable`` if the directory cannot be read, or everybody can write to it.
  public static func all(in path: String) throws(JournalUnreadable) -> [LiveSpan] {
    _ = try JournalUnreadable.directory(path, access: .foreign)
    return all(in: [path])
  }

  /// The same for several directories. Those that cannot be read are left out.
  static func all(in paths: [String]) -> [LiveSpan] {
    let processes = LiveProcess.all(in: paths)
    return processes.count == 1 ? processes[0].spans : oldestFirst(processes.flatMap(\.spans))
  }

  /// The same spans in order. Sorting thousands of them takes as long as reading them, and a process that starts many
  /// spans without an end has them in order.
  static func oldestFirst(_ spans: [LiveSpan]) -> [LiveSpan] {
    func key(_ index: Int) -> (UInt64, UInt64) { (spans[index].start, spans[index].id) }
    if spans.indices.dropFirst().allSatisfy({ key($0 - 1) <= key($0) }) { return spans }
    return spans.indices.sorted { key($0) < key($1) }.map { spans[$0] }
  }

  /// The open spans in the journal of a living process, in the order of the file.
  static func open(in journal: DeadJournal) -> [LiveSpan] {
    let now = spoor_realtime_ns()
    let text = AttributeText { "\($0.count) frames" }
    var spans = journal.openRecords { LiveSpan($0, of: journal, now: now, text: text) }.compactMap(\.self)
    guard !spans.isEmpty else { return [] }
    let events = LastEvents.bySpan(in: journal.history())
    for index in spans.indices { spans[index].lastEvent = events[spans[index].id] }
    return spans
  }

  private init?(_ record: SpanRecord, of journal: DeadJournal, now: UInt64, text: AttributeText) {
    guard let traceID = TraceID(high: record.traceIDHigh, low: record.traceIDLow),
      let spanID = SpanID(rawValue: record.spanID)
    else { return nil }
    service = journal.resource.service
    instance = journal.resource.instance
    processID = journal.processID
    self.traceID = traceID.description
    self.spanID = spanID.description
    id = record.spanID
    parentID = SpanID(rawValue: record.parentSpanID)?.description
    kind = Self.name(of: record.kind)
    start = record.startNanoseconds
    age = now > start ? now - start : 0
    var name = ""
    var tags: [(key: String, value: String)] = []
    for field in record.fields {
      switch field.kind {
      case .name: name = unsafe String(decoding: field.value, as: UTF8.self)
      case .attribute:
        let key = field.keyText
        if let index = tags.firstIndex(where: { $0.key == key }) {
          tags[index].value = text.string(field)
        } else {
          tags.append((key, text.string(field)))
        }
      default: break
      }
    }
    self.name = name
    self.tags = tags
    lastEvent = nil
  }

  private static func name(of kind: SpanRecordKind) -> String? {
    switch kind {
    case .internal: nil
    case .server: "SERVER"
    case .client: "CLIENT"
    case .producer: "PRODUCER"
    case .consumer: "CONSUMER"
    }
  }
}

/// The newest log event of each span in the history of a ring of log lines.
enum LastEvents {
  /// The newest event of each span that has one, by the span's id.
  ///
  /// - Parameter lines: the oldest first.
  static func bySpan(in lines: [[UInt8]]) -> [UInt64: String] {
    var events: [UInt64: String] = [:]
    for line in lines.reversed() {
      guard let id = spanID(in: line), events[id] == nil, let event = event(in: line) else { continue }
      events[id] = event
    }
    return events
  }

  /// The names of the span id in the presets of log records.
  private static let idKeys = ["\"span_id\":\"", "\"span.id\":\"", "\"dd.span_id\":\"", "spanId\":\""].map {
    Array($0.utf8)
  }
  private static let eventKeys = ["\"event\":\"", "\"message\":\""].map { Array($0.utf8) }
  /// Both are among the first fields of a record.
  private static let head = 1024

  private static func spanID(in line: [UInt8]) -> UInt64? {
    for key in idKeys {
      guard let start = end(of: key, in: line), start + 16 < line.count, line[start + 16] == UInt8(ascii: "\"") else {
        continue
      }
      var id: UInt64 = 0
      for byte in line[start..<start + 16] {
        guard let digit = HexBytes.value(byte) else { return nil }
        id = id << 4 | UInt64(digit)
      }
      return id
    }
    return nil
  }

  private static func event(in line: [UInt8]) -> String? {
    for key in eventKeys {
      guard let start = end(of: key, in: line) else { continue }
      var end = start
      while end < line.count, line[end] != UInt8(ascii: "\"") { end += line[end] == UInt8(ascii: "\\") ? 2 : 1 }
      return String(decoding: line[start..<min(end, line.count)], as: UTF8.self)
    }
    return nil
  }

  /// The position behind a key in the first fields of a line.
  private static func end(of key: [UInt8], in line: [UInt8]) -> Int? {
    unsafe line.withUnsafeBytes { line in
      unsafe key.withUnsafeBytes { key in
        let limit = min(line.count, head) - key.count
        var start = 0
        while start <= limit {
          if unsafe line[start] == key[0], unsafe memcmp(line.baseAddress! + start, key.baseAddress!, key.count) == 0 {
            return start + key.count
          }
          start += 1
        }
        return nil
      }
    }
  }
}
