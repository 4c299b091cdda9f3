import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body within its bounds, unzipped.
struct BodyReader: Sendable {
  let configuration: CollectorConfiguration

  func read(_ request: Request) async throws -> [UInt8] {
    let limit = configuration.maximumBodyBytes
    let buffer = try await request.body.collect(upTo: limit)  // 413 where it is larger.
    let bytes = Array(buffer.readableBytesView)
    guard let encoding = request.headers[.contentEncoding], encoding.lowercased().contains("gzip") else { return bytes }
    do throws(Gunzip.Failure) {
      return try Gunzip.unzip(bytes, limit: limit)
    } catch {
      switch error {
      case .malformed: throw HTTPError(.badRequest, message: "Cannot gunzip spans")
      case .tooLarge:
        throw HTTPError(.contentTooLarge, message: "The body unzips to more than \(limit) bytes")
      }
    }
  }
}
