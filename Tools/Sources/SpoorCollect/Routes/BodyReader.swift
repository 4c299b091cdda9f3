import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body within its bounds, unzipped.
struct BodyReader: Sendable {
  private let limit: Int
  private let budget: BodyBudget

  init(_ configuration: CollectorConfiguration) {
    limit = configuration.maximumBodyBytes
    budget = BodyBudget(limit: configuration.maximumBytesInFlight)
  }

  /// Gives `use` the body, whose bytes count against the budget until it returns.
  /// - Throws: `HTTPError` with 413 for a body beyond the bound, 429 where all requests together are, 400 for what is no
  ///   gzip though it says so; what `use` throws.
  func read<Value>(_ request: Request, _ use: ([UInt8]) async throws -> Value) async throws -> Value {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
    var share = BodyBudget.Share(budget)
    var bytes: [UInt8] = []
    var count = 0
    var isRefused = false
    for try await part in request.body {
      count += part.readableBytes
      guard count <= limit else { throw Self.tooLarge(limit) }
      // What is refused is read to its end all the same: a sender whose connection breaks does not see the answer.
      if isRefused { continue }
      guard share.grow(by: part.readableBytes) else {
        isRefused = true
        share.empty()
        bytes = []
        continue
      }
      bytes.append(contentsOf: part.readableBytesView)
    }
    if isRefused { throw Self.tooMuch }
    guard let encoding = request.headers[.contentEncoding], encoding.lowercased().contains("gzip") else {
      return try await use(bytes)
    }
    let unzipped: [UInt8]
    do throws(Gunzip.Failure) {
      unzipped = try Gunzip.unzip(bytes, limit: limit)
    } catch {
      switch error {
      case .malformed: throw HTTPError(.badRequest, message: "Cannot gunzip spans")
      case .tooLarge: throw HTTPError(.contentTooLarge, message: "The body unzips to more than \(limit) bytes")
      }
    }
    guard share.grow(by: unzipped.count) else { throw Self.tooMuch }
    bytes = []
    return try await use(unzipped)
  }

  /// The rest of the body is not read: the connection closes.
  private static func tooLarge(_ limit: Int) -> HTTPError {
    HTTPError(.contentTooLarge, headers: [.connection: "close"], message: "The body is larger than \(limit) bytes")
  }

  private static var tooMuch: HTTPError {
    HTTPError(
      .tooManyRequests, headers: [.retryAfter: "1"], message: "Too many bodies are being read at the same time")
  }
}
