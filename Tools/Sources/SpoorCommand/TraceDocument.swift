import Foundation
import SpoorGrep
import SpoorModel
import SpoorTerminal

/// Spans and log records, from a collector or from files.
struct TraceDocument {
  var spans: [ZipkinSpan] = []
  /// Records with the lines that they were.
  var logs: [(record: LogRecord, line: [UInt8])] = []

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads a file: Zipkin's JSON (a list of spans, or of traces), what `spoor trace --json` wrote, or JSON log lines.
  mutating func read(file path: String) throws {
    let data: Data
    do {
      data = path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(filePath: path))
    } catch {
      throw Failure(description: "\(path): cannot be read")
    }
    // A file of a single record is JSON as well.
    if LogRecord(data)?.time == nil, let json = try? JSONSerialization.jsonObject(with: data) {
      try take(json, from: path)
      return
    }
    for line in data.split(separator: UInt8(ascii: "\n")) {
      if let record = LogRecord(line) { logs.append((record, Array(line))) }
    }
  }

  /// `[span]`, `[[span]]`, or `{"spans":[span],"logs":[record]}`.
  mutating func take(_ json: Any, from place: String) throws {
    if let object = json as? [String: Any], object["spans"] != nil || object["logs"] != nil {
      try take(object["spans"] ?? [], from: place)
      for log in object["logs"] as? [Any] ?? [] {
        guard let line = try? JSONSerialization.data(withJSONObject: log, options: [.sortedKeys]) else { continue }
        if let record = LogRecord(line) { logs.append((record, Array(line))) }
      }
      return
    }
    guard let list = json as? [Any] else {
      throw Failure(description: "\(place): expected Zipkin's JSON or JSON log lines")
    }
    let flat = list.flatMap { $0 as? [Any] ?? [$0] }
    do {
      spans += try ZipkinJSONDecoder.spans(Array(try JSONSerialization.data(withJSONObject: flat)))
    } catch let error as SpanError {
      throw Failure(description: "\(place): \(PlainText.of(error.description))")
    }
  }

  /// The ids of the traces, each once.
  var traceIDs: [String] {
    var seen: Set<String> = []
    return (spans.map(\.traceID.description) + logs.compactMap(\.record.traceID)).filter { seen.insert($0).inserted }
  }

  /// What belongs to one trace. A 64-bit id finds the logs of the 128-bit one that ends in it, and the other way round.
  func trace(_ id: String) -> TraceDocument {
    let short = String(id.suffix(16))
    return TraceDocument(
      spans: spans.filter { $0.traceID.description == id || $0.traceID.description.suffix(16) == short },
      logs: logs.filter { $0.record.traceID == id || ($0.record.traceID?.suffix(16)).map(String.init) == short })
  }

  /// The records as a trace shows them.
  var records: [TraceView.Record] {
    logs.map { record, _ in
      let type = record.text("error.type")
      let message = record.text("error.message")
      let causes = if case .array(let causes)? = record["error.causes"] { causes } else { [JSONValue]() }
      return TraceView.Record(
        timestamp: record.text("timestamp", "@timestamp", "time") ?? "", level: record.level ?? "",
        service: record.service ?? "", event: record.event ?? "",
        details: record.details.map { "\($0.key)=\($0.value.text)" }.joined(separator: " "), spanID: record.spanID,
        stackTrace: record.text("error.stack_trace"),
        error: type == nil && message == nil ? nil : [type, message].compactMap(\.self).joined(separator: ": "),
        isHandled: record.text("error.handled") == "true", causes: causes.map { Self.text(ofCause: $0) })
    }
  }

  private static func text(ofCause cause: JSONValue) -> String {
    let parts = ["type", "message"].compactMap { key in cause.members.first { $0.key == key }?.value.text }
    return parts.isEmpty ? cause.text : parts.joined(separator: ": ")
  }

  /// `{"spans":[…],"logs":[…]}`.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("spans")
      writer.raw(ZipkinJSONEncoder.bytes(TraceMerge.merged(spans)))
      writer.key("logs")
      writer.array { writer in for log in logs { writer.raw(log.line) } }
    }
    return writer.bytes
  }
}
