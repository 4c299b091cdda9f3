// SPDX-License-Identifier: Apache-2.0

/// Walks the records of an export request one by one: spans or log records, each with its resource and scope. A copy of
/// a reader goes on where the reader was.
///
/// Both requests have the same shape: lists of resources (1), each with its resource (1) and lists of scopes (2), each
/// with its scope (1) and records (2).
package struct OTLPRecordReader: Sendable {
  /// Where a record's message is, and where it comes from.
  struct Record: Sendable {
    let message: ProtoReader
    /// The error of a resource or scope that cannot be read, which costs its records only.
    let origin: Result<OTLPOrigin, SpanError>
  }

  private var request: ProtoReader
  private var resource: ProtoReader?
  private var scope: ProtoReader?
  private var scopeBytes: ArraySlice<UInt8> = []
  /// Of the current list of scopes. It is read once, whatever the number of scopes.
  private var known = Result<OTLPResource, SpanError>.failure(SpanError("no resource"))
  /// Of the current list of records; read with the first of them.
  private var origin: Result<OTLPOrigin, SpanError>?

  /// - Parameter bytes: an `ExportTraceServiceRequest` or an `ExportLogsServiceRequest` in protobuf.
  init(_ bytes: [UInt8]) { request = ProtoReader(bytes, content: "an OTLP request") }

  /// The next record; `nil` after the last one.
  /// - Throws: ``SpanError`` if the rest cannot be read.
  mutating func next() throws(SpanError) -> Record? {
    while true {
      if var reader = scope {
        while let (number, type) = try reader.nextField() {
          guard number == 2, type == .lengthDelimited else {
            try reader.skip(type)
            continue
          }
          let message = try reader.nested()
          scope = reader
          return Record(message: message, origin: currentOrigin())
        }
        scope = nil
      } else if var reader = resource {
        guard let (number, type) = try reader.nextField() else {
          resource = nil
          continue
        }
        if number == 2, type == .lengthDelimited {
          let inner = try reader.nested()
          scope = inner
          scopeBytes = try Self.first(inner)
          origin = nil
        } else {
          try reader.skip(type)
        }
        resource = reader
      } else {
        guard let (number, type) = try request.nextField() else { return nil }
        guard number == 1, type == .lengthDelimited else {
          try request.skip(type)
          continue
        }
        let inner = try request.nested()
        resource = inner
        let bytes = try Self.first(inner)
        do throws(SpanError) {
          known = .success(try OTLPResource(bytes))
        } catch {
          known = .failure(SpanError("the resource cannot be read: \(error.description)"))
        }
      }
    }
  }

  private mutating func currentOrigin() -> Result<OTLPOrigin, SpanError> {
    if let origin { return origin }
    let found: Result<OTLPOrigin, SpanError>
    switch known {
    case .failure(let error): found = .failure(error)
    case .success(let resource):
      do throws(SpanError) {
        found = .success(try OTLPOrigin(resource, scope: scopeBytes))
      } catch {
        found = .failure(SpanError("the scope cannot be read: \(error.description)"))
      }
    }
    origin = found
    return found
  }

  /// The resource or scope of a list, which may stand behind its records; of several the last counts.
  private static func first(_ list: ProtoReader) throws(SpanError) -> ArraySlice<UInt8> {
    var reader = list
    var found: ArraySlice<UInt8> = []
    while let (number, type) = try reader.nextField() {
      if number == 1, type == .lengthDelimited { found = try reader.slice() } else { try reader.skip(type) }
    }
    return found
  }
}
