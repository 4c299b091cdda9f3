import Foundation
public import SpoorModel

/// Spans and log records of the latest traces, in memory, within a bound.
///
/// What goes beyond the bound evicts the oldest traces, whole, with their logs; how many is counted. A thousand spans
/// take about 1 MB.
public final class TraceStore: @unchecked Sendable {  // Everything mutable is guarded by `lock`.
  private struct Entry {
    var spans: [ZipkinSpan] = []
    var logs: [LogLine] = []
    var bytes = 0
    /// The root's start, else the earliest, in microseconds.
    var time: Int64?
    var hasRoot = false
  }

  /// How much there is and was.
  public struct Counts: Sendable, Hashable {
    /// Traces held.
    public var traces = 0
    /// Spans held.
    public var spans = 0
    /// Log records held.
    public var logs = 0
    /// Bytes held, by estimate.
    public var bytes = 0
    /// Spans ever taken.
    public var spansTaken = 0
    /// Traces evicted because of the bound.
    public var tracesEvicted = 0
    /// Log records without a trace id, which are not kept.
    public var logsWithoutTrace = 0
  }

  private let maximumBytes: Int
  private let lock = NSLock()
  private var entries: [String: Entry] = [:]
  /// Keys in the order of first arrival; those before `oldest` are gone.
  private var arrivals: [String] = []
  private var oldest = 0
  private var counts = Counts()

  /// - Parameter maximumBytes: by estimate of what is held.
  public init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// The state of the counters.
  public var currentCounts: Counts { lock.withLock { counts } }

  // MARK: Writing

  /// Takes spans in. They are visible to the next query.
  public func add(_ spans: [ZipkinSpan]) {
    lock.withLock {
      for span in spans {
        let key = Self.key(span.traceID)
        let bytes = Self.estimate(span)
        change(key, by: bytes) { entry in
          entry.spans.append(span)
          let isRoot = span.parentID == nil
          if let timestamp = span.timestamp, isRoot != entry.hasRoot ? isRoot : timestamp < entry.time ?? .max {
            entry.time = timestamp
          }
          entry.hasRoot = entry.hasRoot || isRoot
        }
        counts.spans += 1
        counts.spansTaken += 1
      }
      evict()
    }
  }

  /// Takes log records in.
  public func add(logs: [LogLine]) {
    lock.withLock {
      for line in logs {
        guard let text = line.traceID, let traceID = try? ZipkinTraceID(text) else {
          counts.logsWithoutTrace += 1
          continue
        }
        change(Self.key(traceID), by: line.json.count + 128) { $0.logs.append(line) }
        counts.logs += 1
      }
      evict()
    }
  }

  private func change(_ key: String, by bytes: Int, _ body: (inout Entry) -> Void) {
    if entries[key] == nil {
      arrivals.append(key)
      counts.traces += 1
    }
    body(&entries[key, default: Entry()])
    entries[key]?.bytes += bytes
    counts.bytes += bytes
  }

  private func evict() {
    while counts.bytes > maximumBytes, oldest < arrivals.count {
      let key = arrivals[oldest]
      oldest += 1
      guard let entry = entries.removeValue(forKey: key) else { continue }
      counts.bytes -= entry.bytes
      counts.traces -= 1
      counts.spans -= entry.spans.count
      counts.logs -= entry.logs.count
      counts.tracesEvicted += 1
    }
    if oldest > 65_536 {
      arrivals.removeFirst(oldest)
      oldest = 0
    }
  }

  private static func estimate(_ span: ZipkinSpan) -> Int {
    var bytes = 480
    for tag in span.tags { bytes += 48 + tag.key.utf8.count + tag.value.utf8.count }
    for annotation in span.annotations { bytes += 48 + annotation.value.utf8.count }
    return bytes
  }

  /// Traces are found by the lower half of their ids: a 64-bit tracer in the middle keeps only that.
  private static func key(_ traceID: ZipkinTraceID) -> String { String(traceID.low, radix: 16) }

  // MARK: Reading

  /// The spans of a trace, or nil.
  public func spans(of traceID: ZipkinTraceID) -> [ZipkinSpan]? {
    lock.withLock { entries[Self.key(traceID)].flatMap { $0.spans.isEmpty ? nil : $0.spans } }
  }

  /// The log records of a trace in order of time.
  public func logs(of traceID: ZipkinTraceID) -> [LogLine] {
    let logs = lock.withLock { entries[Self.key(traceID)]?.logs ?? [] }
    return logs.sorted { $0.timestamp < $1.timestamp }
  }

  /// The traces that a query asks for, the latest first.
  public func traces(_ query: TraceQuery) -> [[ZipkinSpan]] {
    let candidates = snapshot().filter { query.covers($0.time) }.sorted { ($0.time ?? 0) > ($1.time ?? 0) }
    var found: [[ZipkinSpan]] = []
    for entry in candidates where query.matches(entry.spans) {
      found.append(entry.spans)
      if found.count == query.limit { break }
    }
    return found
  }

  private func snapshot() -> [Entry] { lock.withLock { entries.values.filter { !$0.spans.isEmpty } } }

  /// The sorted names of services that recorded spans.
  public func services() -> [String] { names { $0.serviceName } }

  /// The sorted names of a service's spans.
  public func spanNames(of service: String) -> [String] {
    names { $0.serviceName == service.lowercased() ? $0.name : nil }
  }

  /// The sorted names of the services that a service called or was called by.
  public func remoteServices(of service: String) -> [String] {
    names { $0.serviceName == service.lowercased() ? $0.remoteEndpoint?.serviceName : nil }
  }

  /// The sorted values of a tag.
  public func values(ofTag key: String) -> [String] { names { $0.tag(key) } }

  private func names(_ name: (ZipkinSpan) -> String?) -> [String] {
    var result: Set<String> = []
    for entry in snapshot() {
      for span in entry.spans { if let name = name(span) { result.insert(name) } }
    }
    return result.sorted()
  }

  /// Who called whom, how often, in a window of milliseconds before `end`.
  public func dependencies(end: Int64, lookback: Int64) -> [DependencyLinks.Link] {
    var links = DependencyLinks()
    for entry in snapshot() {
      guard let time = entry.time, time / 1000 <= end, time / 1000 >= end - lookback else { continue }
      links.add(TraceTree(entry.spans))
    }
    return links.links
  }
}
