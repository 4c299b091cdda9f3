/// A span as Zipkin's server keeps it: read leniently, held in one normal form.
///
/// The normal form is that of the API's description and of the server (ZIPKIN.md, "A span"): names in lower case, empty
/// means absent, annotations sorted and without repetitions, tags sorted by key where the last one wins. Two spans are
/// equal when they would be written as the same JSON.
public struct ZipkinSpan: Sendable, Hashable {
  /// What the span's timestamps and its remote endpoint mean; absent for local work.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// The caller's side of a remote call.
    case client = 1
    /// The called side of a remote call.
    case server
    /// The sending of a message.
    case producer
    /// The receiving or the handling of a message.
    case consumer

    /// Zipkin's word for it.
    public var name: String {
      switch self {
      case .client: "CLIENT"
      case .server: "SERVER"
      case .producer: "PRODUCER"
      case .consumer: "CONSUMER"
      }
    }
  }

  /// The trace it is part of.
  public let traceID: ZipkinTraceID
  /// Its own identifier, unique within the trace but for the two sides of a shared span.
  public let id: ZipkinSpanID
  /// The span above it; `nil` for a root.
  public let parentID: ZipkinSpanID?
  /// Which side of a call or message it is.
  public let kind: Kind?
  /// The operation, in lower case.
  public let name: String?
  /// The start in microseconds since 1970, positive.
  public let timestamp: Int64?
  /// The duration in microseconds, positive.
  public let duration: Int64?
  /// Who recorded it.
  public let localEndpoint: ZipkinEndpoint?
  /// The other side.
  public let remoteEndpoint: ZipkinEndpoint?
  /// Events, sorted by time.
  public let annotations: [ZipkinAnnotation]
  /// Tags, sorted by the bytes of their keys, keys unique.
  public let tags: [ZipkinTag]
  /// Whether it was asked to be kept whatever the sampling.
  public let debug: Bool
  /// Whether it is the called side of a span that its caller also recorded.
  public let shared: Bool

  /// A span in normal form from whatever a sender gave.
  ///
  /// A parent that equals the span itself is dropped, times that are not positive are absent, `shared` is dropped from
  /// a client's span.
  public init(
    traceID: ZipkinTraceID, id: ZipkinSpanID, parentID: ZipkinSpanID? = nil, kind: Kind? = nil, name: String? = nil,
    timestamp: Int64? = nil, duration: Int64? = nil, localEndpoint: ZipkinEndpoint? = nil,
    remoteEndpoint: ZipkinEndpoint? = nil, annotations: [ZipkinAnnotation] = [], tags: [ZipkinTag] = [],
    debug: Bool = false, shared: Bool = false
  ) {
    self.traceID = traceID
    self.id = id
    self.parentID = parentID == id ? nil : parentID
    self.kind = kind
    self.name = name.flatMap { $0.isEmpty ? nil : $0.zipkinLowercased }
    self.timestamp = timestamp.flatMap { $0 > 0 ? $0 : nil }
    self.duration = duration.flatMap { $0 > 0 ? $0 : nil }
    self.localEndpoint = localEndpoint
    self.remoteEndpoint = remoteEndpoint
    self.annotations = Self.normal(annotations)
    self.tags = Self.normal(tags)
    self.debug = debug
    self.shared = shared && kind != .client
  }

  /// The value of a tag.
  public func tag(_ key: String) -> String? {
    tags.first { $0.key == key }?.value
  }

  /// Whether it failed: Zipkin's rule is that there is a tag `error`, whatever its value.
  public var isError: Bool { tags.contains { $0.key == "error" } }

  /// The end in microseconds since 1970; `nil` when the start is unknown, the start when the duration is.
  public var end: Int64? {
    timestamp.map {
      let (end, overflow) = $0.addingReportingOverflow(duration ?? 0)
      return overflow ? .max : end
    }
  }

  /// The service that recorded it.
  public var serviceName: String? { localEndpoint?.serviceName }

  private static func normal(_ annotations: [ZipkinAnnotation]) -> [ZipkinAnnotation] {
    guard annotations.count > 1 else { return annotations }
    var result: [ZipkinAnnotation] = []
    result.reserveCapacity(annotations.count)
    for annotation in annotations.sorted() where annotation != result.last { result.append(annotation) }
    return result
  }

  private static func normal(_ tags: [ZipkinTag]) -> [ZipkinTag] {
    // What arrives from a Zipkin sender is usually in order already.
    var isNormal = true
    for (one, next) in zip(tags, tags.dropFirst()) where !one.key.utf8.lexicographicallyPrecedes(next.key.utf8) {
      isNormal = false
      break
    }
    if isNormal { return tags }
    var result: [ZipkinTag] = []
    result.reserveCapacity(tags.count)
    // By bytes, for `<` takes different spellings of one character as equal; `sorted` is stable, so that the last of
    // several equal keys stands last.
    for tag in tags.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      if let last = result.last, last.key.utf8.elementsEqual(tag.key.utf8) { result.removeLast() }
      result.append(tag)
    }
    return result
  }
}
