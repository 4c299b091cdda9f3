import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body within its bounds, unzipped.
struct BodyReader: Sendable {
  let configuration: CollectorConfiguration

  /// Gives `use` the body, whose bytes count against the budget until it returns.
  func read(_ request: Request) async throws -> [UInt8] {
    let limit = configuration.maximumBodyBytes
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
    var bytes: [UInt8] = []
    for try await part in request.body {
      guard bytes.count + part.readableBytes <= limit else { throw Self.tooLarge(limit) }
      bytes.append(contentsOf: part.readableBytesView)
    }
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

  /// The rest of the body is not read: the connection closes.
  private static func tooLarge(_ limit: Int) -> HTTPError {
    HTTPError(.contentTooLarge, headers: [.connection: "close"], message: "The body is larger than \(limit) bytes")
  }
}
