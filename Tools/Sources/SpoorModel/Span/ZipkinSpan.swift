// SPDX-License-Identifier: Apache-2.0

/// A span in the normal form of Zipkin's server, read leniently.
///
/// The normal form is that of the API description and the server (docs/ZIPKIN.md, "A span"): names in lower case, empty
/// means absent, annotations sorted and without duplicates, tags sorted by key, and the last tag of a key wins. Two
/// spans are equal if they are written as the same JSON and came with the same content by OTLP.
public struct ZipkinSpan: Sendable, Hashable {
  /// The side of a remote call or message, which defines the meaning of timestamps and remote endpoint; absent for
  /// local work.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// The caller's side of a remote call.
    case client = 1
    /// The called side of a remote call.
    case server
    /// The sending of a message.
    case producer
    /// The receiving or handling of a message.
    case consumer

    /// Zipkin's name of the kind.
    public var name: String {
      switch self {
      case .client: "CLIENT"
      case .server: "SERVER"
      case .producer: "PRODUCER"
      case .consumer: "CONSUMER"
      }
    }
  }

  /// The id of its trace.
  public let traceID: ZipkinTraceID
  /// Its own identifier, unique within the trace except for the two sides of a shared span.
  public let id: ZipkinSpanID
  /// The id of its parent; `nil` for a root.
  public let parentID: ZipkinSpanID?
  /// The side of a call or message.
  public let kind: Kind?
  /// The operation, in lower case, without NUL.
  public let name: String?
  /// The start in microseconds since 1970, positive.
  public let timestamp: Int64?
  /// The duration in microseconds, positive.
  public let duration: Int64?
  /// The service that recorded it.
  public let localEndpoint: ZipkinEndpoint?
  /// The other side.
  public let remoteEndpoint: ZipkinEndpoint?
  /// Events, sorted by time, each with a positive timestamp.
  public let annotations: [ZipkinAnnotation]
  /// Tags, sorted by the bytes of their keys, keys unique.
  public let tags: [ZipkinTag]
  /// Whether the sender asked to keep the span regardless of the sampling rate.
  public let debug: Bool
  /// Whether it is the called side of a span that the caller also recorded.
  public let shared: Bool
  /// What OTLP says beyond these fields; `nil` for a span that came by Zipkin's protocol.
  public let otlp: OTLPContent?

  /// Creates a span in normal form from a sender's values.
  ///
  /// These are dropped: a parent that equals the span itself, times that are not positive, annotations whose time is
  /// not positive (proto3 cannot distinguish 0 from absent, so such an annotation could not be read back), and `shared`
  /// on a client's span. NUL in a name becomes U+FFFD.
  public init(
    traceID: ZipkinTraceID, id: ZipkinSpanID, parentID: ZipkinSpanID? = nil, kind: Kind? = nil, name: String? = nil,
    timestamp: Int64? = nil, duration: Int64? = nil, localEndpoint: ZipkinEndpoint? = nil,
    remoteEndpoint: ZipkinEndpoint? = nil, annotations: [ZipkinAnnotation] = [], tags: [ZipkinTag] = [],
    debug: Bool = false, shared: Bool = false, otlp: OTLPContent? = nil
  ) {
    self.traceID = traceID
    self.id = id
    self.parentID = parentID == id ? nil : parentID
    self.kind = kind
    self.name = name.flatMap { $0.isEmpty ? nil : $0.zipkinName }
    self.timestamp = timestamp.flatMap { $0 > 0 ? $0 : nil }
    self.duration = duration.flatMap { $0 > 0 ? $0 : nil }
    self.localEndpoint = localEndpoint
    self.remoteEndpoint = remoteEndpoint
    self.annotations = Self.normal(annotations)
    self.tags = Self.normal(tags)
    self.debug = debug
    self.shared = shared && kind != .client
    self.otlp = otlp
  }

  /// The value of a tag.
  public func tag(_ key: String) -> String? {
    tags.first { $0.key == key }?.value
  }

  /// Whether it failed, by Zipkin's rule: it has a tag `error`, with any value.
  public var isError: Bool { tags.contains { $0.key == "error" } }

  /// The end in microseconds since 1970; `nil` if the start is unknown, and the start if the duration is unknown.
  public var end: Int64? {
    timestamp.map { $0.addingClamped(duration ?? 0) }
  }

  /// The service that recorded it.
  public var serviceName: String? { localEndpoint?.serviceName }

  /// An estimate of the span's size in memory, in bytes.
  package var memoryCost: Int {
    var bytes = MemoryLayout<ZipkinSpan>.stride + Self.heap(name) + Self.heap(localEndpoint?.serviceName)
    bytes += Self.heap(remoteEndpoint?.serviceName)
    if !annotations.isEmpty { bytes += 32 + annotations.count * MemoryLayout<ZipkinAnnotation>.stride }
    if !tags.isEmpty { bytes += 32 + tags.count * MemoryLayout<ZipkinTag>.stride }
    for annotation in annotations { bytes += Self.heap(annotation.value) }
    for tag in tags { bytes += Self.heap(tag.key) + Self.heap(tag.value) }
    // The origin is shared with other spans.
    if let otlp { bytes += otlp.bytes.count }
    return bytes
  }

  /// The bytes on the heap; up to 15 bytes of UTF-8 are stored in the string itself.
  private static func heap(_ text: String?) -> Int {
    guard let count = text?.utf8.count, count > 15 else { return 0 }
    return count + 48
  }

  private static func normal(_ annotations: [ZipkinAnnotation]) -> [ZipkinAnnotation] {
    if annotations.count == 1, annotations[0].timestamp > 0 { return annotations }
    guard !annotations.isEmpty else { return [] }
    var result: [ZipkinAnnotation] = []
    result.reserveCapacity(annotations.count)
    for annotation in annotations.sorted() where annotation.timestamp > 0 && annotation != result.last {
      result.append(annotation)
    }
    return result
  }

  private static func normal(_ tags: [ZipkinTag]) -> [ZipkinTag] {
    // Values from a Zipkin sender are usually in order already.
    var isNormal = true
    for (one, next) in zip(tags, tags.dropFirst()) where !one.key.utf8.lexicographicallyPrecedes(next.key.utf8) {
      isNormal = false
      break
    }
    if isNormal { return tags }
    var result: [ZipkinTag] = []
    result.reserveCapacity(tags.count)
    // Compared by bytes, because `<` treats different encodings of one character as equal. `sorted` is stable, so the
    // last of several equal keys is last.
    for tag in tags.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      if let last = result.last, last.key.utf8.elementsEqual(tag.key.utf8) { result.removeLast() }
      result.append(tag)
    }
    return result
  }
}
