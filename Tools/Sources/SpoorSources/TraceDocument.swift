// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import SpoorLogs
package import SpoorModel
package import SpoorTerminal

/// Spans and log records, from a collector or from files.
package struct TraceDocument: Sendable {
  package var spans: [ZipkinSpan] = []
  /// The log records.
  package var logs: [LogRecord] = []

  package init(spans: [ZipkinSpan] = [], logs: [LogRecord] = []) {
    self.spans = spans
    self.logs = logs
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
    /// Whether no trace was found, which is not an error of the command.
    package var isMissing = false

    package init(description: String, isMissing: Bool = false) {
      self.description = description
      self.isMissing = isMissing
    }
  }

  /// Adds a collector's response.
  package mutating func take(_ json: Data, from place: String) throws {
    do {
      take(try TraceFile(Array(json)), from: place)
    } catch {
      throw Failure(description: "the response of \(place) must be Zipkin's JSON, but: \(error.description)")
    }
  }

  private mutating func take(_ content: TraceFile, from place: String) {
    spans += content.spans
    logs += content.logs.flatMap { LogRecord.all(in: $0) }
    StandardError.complain(ofRefused: content, from: place)
  }

  /// The identifiers of all traces, from spans and records.
  private var identities: TraceIdentities {
    TraceIdentities(spans.map(\.traceID) + logs.compactMap { Self.traceID($0) })
  }

  /// The ids of the traces, each once.
  package var traceIDs: [String] {
    let identities = identities
    var seen: Set<String> = []
    let ids =
      spans.map { identities.trace(of: $0.traceID).description }
      + logs.compactMap { log in
        Self.traceID(log).map { identities.trace(of: $0).description } ?? log.traceID
      }
    return ids.filter { seen.insert($0).inserted }
  }

  /// The spans and records of one trace. A 64-bit id belongs to the 128-bit one that ends in it; two 128-bit ids always
  /// belong to two traces.
  package func trace(_ id: String) -> TraceDocument {
    guard let wanted = try? ZipkinTraceID(id) else {
      return TraceDocument(logs: logs.filter { $0.traceID == id })
    }
    let identities = identities
    let trace = identities.trace(of: wanted)
    return TraceDocument(
      spans: spans.filter { identities.trace(of: $0.traceID) == trace },
      logs: logs.filter { log in
        Self.traceID(log).map { identities.trace(of: $0) == trace }
          ?? Self.namedTraces(log).contains { identities.trace(of: $0) == trace }
      })
  }

  /// The traces that a record of no trace names, as that of a killed process does with its interrupted spans.
  private static func namedTraces(_ record: LogRecord) -> [ZipkinTraceID] {
    guard record.traceID == nil, case .array(let ids)? = record["trace_ids"] else { return [] }
    return ids.compactMap { try? ZipkinTraceID($0.text.lowercased()) }
  }

  /// A record's trace id; `nil` if it has none, or one that is not a Zipkin id.
  private static func traceID(_ record: LogRecord) -> ZipkinTraceID? {
    record.traceID.flatMap { try? ZipkinTraceID($0.lowercased()) }
  }

  /// The records in the form of a trace view.
  package var records: [TraceView.Record] {
    logs.map { record in
      let failure = record.failure
      let causes = failure?.causes.map { TraceView.Cause(text: $0.text, stackTrace: $0.stack) } ?? []
      return TraceView.Record(
        timestamp: record.time.map { Durations.instant($0).replacing(" ", with: "T") } ?? "", level: record.level ?? "",
        service: record.service ?? "",
        event: record.event ?? "",
        // The trace that is shown is among them.
        details: record.ownDetails.filter { $0.key != "trace_ids" }.map { "\($0.key)=\($0.value.text)" }
          .joined(separator: " "), spanID: record.spanID, stackTrace: failure?.stack,
        error: failure.map(\.text), isHandled: failure?.isHandled ?? false, causes: causes,
        breadcrumbs: record.breadcrumbs)
    }
  }

  /// `{"spans":[…],"logs":[…]}`.
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("spans")
      writer.raw(ZipkinJSONEncoder.bytes(TraceMerge.merged(spans), withContent: true))
      writer.key("logs")
      // Re-encoded, because a record that only a lenient reader accepts must not make the whole output invalid.
      writer.array { writer in for log in logs { if let text = JSONObjectText(log.json) { writer.raw(text.bytes) } } }
    }
    return writer.bytes
  }
}

extension LogRecord {
  /// The details without those that are the same for all records of a process.
  package var ownDetails: [JSONValue.Member] {
    details.filter { !["resource", "scope", "pid", "hostname"].contains($0.key) }
  }
}
