// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Reads and decompresses a request's body within its limits.
struct BodyReader: Sendable {
  /// The maximum size of a body in bytes, both as sent and decompressed: Zipkin's, and OTLP's.
  private let limit: Int
  private let otlpLimit: Int
  /// How many times the limit a refused body may have before the rest of it is not read.
  private static let mostOfRefused = 3
  private let budget: BodyBudget
  private let workers: QueryWorkers

  init(_ configuration: CollectorConfiguration, workers: QueryWorkers) {
    limit = configuration.maximumBodyBytes
    otlpLimit = configuration.maximumOTLPBodyBytes
    budget = BodyBudget(limit: configuration.maximumBytesInFlight)
    self.workers = workers
  }

  /// Bytes of a body as it is sent, and again of what it unpacks to.
  func limit(_ format: Endpoint.Format) -> Int { format == .otlp ? otlpLimit : limit }

  /// The body, and its share of the budget.
  /// - Throws: `HTTPError` with 413 for a body beyond the bound, 429 if all bodies together are beyond theirs, 400 for
  ///   a body that is not the gzip that its head announces.
  func read(_ request: Request, _ format: Endpoint.Format) async throws -> ([UInt8], BodyBudget.Share) {
    let share = BodyBudget.Share(budget)
    let limit = limit(format)
    var parts: [ByteBuffer] = []
    var count = 0
    var refusal: HTTPError?
    do {
      for try await part in request.body {
        count += part.readableBytes
        // A refused body is read to its end: a sender whose connection breaks does not see the answer. One that goes on
        // without an end is answered in the middle.
        if let refusal {
          if count > Self.mostOfRefused * limit { throw refusal }
          continue
        }
        if count > limit {
          refusal = Self.tooLarge(limit)
        } else if !share.grow(by: part.readableBytes) {
          refusal = Self.tooMuch
        } else {
          parts.append(part)
          continue
        }
        share.empty()
        parts = []
      }
    } catch let error as HTTPError {
      throw error
    } catch let error as HTTPParserError {
      // The server itself responds to invalid HTTP and closes the connection.
      throw error
    } catch {
      throw QueryTicket.End.abandoned
    }
    if let refusal { throw refusal }
    let isPacked = BodyRules.isPacked(request.headers)
    let (whole, total) = (parts, count)
    parts = []
    return (try await workers.run { _ in try unpack(whole, total, isPacked, format, share) }, share)
  }

  private func unpack(
    _ parts: [ByteBuffer], _ count: Int, _ isPacked: Bool, _ format: Endpoint.Format,
    _ share: BodyBudget.Share
  ) throws -> [UInt8] {
    let limit = limit(format)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for part in parts { bytes.append(contentsOf: part.readableBytesView) }
    guard isPacked else { return bytes }
    do throws(Gunzip.Failure) {
      // The size is determined first, so that no more memory is allocated than the result needs.
      let size = try Gunzip.size(of: bytes, limit: limit)
      guard share.grow(by: size) else { throw .busy }
      let unpacked = try Gunzip.unzip(bytes, size: size)
      share.shrink(by: count)
      return unpacked
    } catch {
      switch error {
      case .malformed:
        throw HTTPError(.badRequest, message: format == .spans ? "Cannot gunzip spans" : "Cannot gunzip the body")
      case .tooLarge: throw HTTPError(.contentTooLarge, message: "The body unzips to more than \(limit) bytes")
      case .busy: throw Self.tooMuch
      }
    }
  }

  static func tooLarge(_ limit: Int) -> HTTPError {
    HTTPError(.contentTooLarge, message: "The body is larger than \(limit) bytes")
  }

  static var tooMuch: HTTPError {
    HTTPError(
      .tooManyRequests, headers: [.retryAfter: "1"], message: "Too many bodies are being read at the same time")
  }
}
