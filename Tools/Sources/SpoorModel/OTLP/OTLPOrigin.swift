// SPDX-License-Identifier: Apache-2.0

/// Where records come from: the resource (a process, mostly) and the scope (the instrumentation) that recorded them.
///
/// One origin is shared by all records of a request that have it in common.
public final class OTLPOrigin: Sendable, Hashable {
  /// The name of the instrumentation scope; empty if unknown.
  public let scopeName: String
  /// The version of the instrumentation scope; empty if unknown.
  public let scopeVersion: String
  /// The attributes of the instrumentation scope.
  public let scopeAttributes: [OTLPAttribute]

  private let origin: OTLPResource
  private let hash: Int
  /// The message `InstrumentationScope` as it was received.
  package let scopeBytes: ArraySlice<UInt8>

  /// - Parameter bytes: a message `InstrumentationScope`, which may be empty.
  init(_ resource: OTLPResource, scope bytes: ArraySlice<UInt8>) throws(SpanError) {
    origin = resource
    // A copy of its own, so that an origin does not keep the body that it came in.
    let bytes = Array(bytes)
    scopeBytes = bytes[...]
    try OTLPResource.check(bytes)
    var reader = ProtoReader(bytes, content: "OTLP")
    var (name, version) = ("", "")
    var attributes: [OTLPAttribute] = []
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): name = try reader.string()
      case (2, .lengthDelimited): version = try reader.string()
      case (3, .lengthDelimited): attributes.append(try OTLPAttribute(&reader))
      default: try reader.skip(type)
      }
    }
    (scopeName, scopeVersion, scopeAttributes) = (name, version, OTLPAttribute.unique(attributes))
    // Made once, because a writer looks an origin up for each trace.
    var hasher = Hasher()
    hasher.combine(resource)
    hasher.combine(bytes)
    hash = hasher.finalize()
  }

  /// Reads both messages, each of which may be empty.
  package convenience init(resource: ArraySlice<UInt8>, scope: ArraySlice<UInt8>) throws(SpanError) {
    try self.init(OTLPResource(resource), scope: scope)
  }

  /// The attributes of the resource.
  public var resource: [OTLPAttribute] { origin.attributes }

  /// The service's name; `nil` if the resource has none.
  public var serviceName: String? { origin.serviceName }

  /// The resource's attributes as tags of a local root.
  var tags: [ZipkinTag] { origin.tags }

  /// The message `Resource` as it was received.
  package var resourceBytes: ArraySlice<UInt8> { origin.bytes }

  /// Bytes of both messages.
  package var size: Int { resourceBytes.count + scopeBytes.count }

  /// Whether both messages are equal byte by byte.
  public static func == (one: OTLPOrigin, other: OTLPOrigin) -> Bool {
    one === other || one.hash == other.hash && one.scopeBytes == other.scopeBytes && one.origin == other.origin
  }

  /// Hashes both messages.
  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// A message `Resource`, read once for all scopes that have it in common.
final class OTLPResource: Sendable, Hashable {
  /// The largest resource or scope in bytes. Each of a request's records may have another trace, which keeps a copy.
  static let maximumBytes = 1 << 20

  let bytes: ArraySlice<UInt8>
  /// A hash of the bytes, made once, because a resource may be large and have many scopes.
  private let hash: Int
  let attributes: [OTLPAttribute]
  /// `nil` if the resource has none.
  let serviceName: String?
  /// The attributes as tags of a local root, without the service's name.
  ///
  /// They are a copy for Zipkin's queries and bounded in number and size, because each local root gets them.
  let tags: [ZipkinTag]
  private static let maximumTags = 128
  private static let maximumTagBytes = 32 << 10

  init(_ bytes: ArraySlice<UInt8>) throws(SpanError) {
    let bytes = Array(bytes)
    self.bytes = bytes[...]
    try Self.check(bytes)
    hash = bytes.hashValue
    var reader = ProtoReader(bytes, content: "OTLP")
    var found: [OTLPAttribute] = []
    while let (number, type) = try reader.nextField() {
      switch (number, type) {
      case (1, .lengthDelimited): found.append(try OTLPAttribute(&reader))
      default: try reader.skip(type)
      }
    }
    attributes = OTLPAttribute.unique(found)
    serviceName = attributes.last { $0.key == "service.name" }?.value.text
    var tags: [ZipkinTag] = []
    var size = 0
    for attribute in attributes.prefix(Self.maximumTags) where attribute.key != "service.name" {
      let tag = ZipkinTag(key: attribute.key, value: attribute.value.text)
      size += tag.key.utf8.count + tag.value.utf8.count
      if size > Self.maximumTagBytes { break }
      tags.append(tag)
    }
    self.tags = tags
  }

  static func == (one: OTLPResource, other: OTLPResource) -> Bool {
    one === other || one.hash == other.hash && one.bytes == other.bytes
  }

  func hash(into hasher: inout Hasher) { hasher.combine(hash) }

  static func check(_ bytes: [UInt8]) throws(SpanError) {
    guard bytes.count <= maximumBytes else {
      throw SpanError("it must take at most \(maximumBytes) bytes, but takes \(bytes.count)")
    }
  }
}
