// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import GRDB
import NIOCore
import NIOPosix
import Synchronization

struct OutOfStock: Error {}

/// Functions of a program that fail inside a library. Each does something of its own after its last call, so that its
/// frame is there and its code is no other function's.
enum Shop {
  private static let calls = Atomic<Int>(0)
  @inline(never) static func keep(_ number: Int) { calls.wrappingAdd(number, ordering: .relaxed) }

  static var loop: any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

  static let reserving = Place("static Shop.reserve()", #line + 3)
  @inline(never) static func reserve() throws {
    keep(1)
    throw OutOfStock()
  }

  // MARK: NIO

  @inline(never) static func failPromise() async throws {
    let promise = loop.makePromise(of: Int.self)
    do { try reserve() } catch { promise.fail(error) }
    keep(try await promise.futureResult.get())
    keep(2)
  }

  @inline(never) static func failFuture() async throws {
    let future: EventLoopFuture<Int>
    do {
      try reserve()
      future = loop.makeSucceededFuture(3)
    } catch { future = loop.makeFailedFuture(error) }
    keep(try await future.map { $0 + 1 }.flatMapError { loop.makeFailedFuture($0) }.get())
    keep(3)
  }

  static let submitting = Place("static Shop.submit()", #line + 2)
  @inline(never) static func submit() async throws {
    try await loop.submit { try reserve() }.get()
    keep(4)
  }

  static let mapping = Place("static Shop.mapFuture()", #line + 2)
  @inline(never) static func mapFuture() async throws {
    try await loop.makeSucceededFuture(1).flatMapThrowing { _ in try reserve() }.get()
    keep(5)
  }

  @inline(never) static func makeFutureWithTask() async throws {
    try await loop.makeFutureWithTask { try reserve() }.get()
    keep(6)
  }

  // MARK: AsyncHTTPClient

  /// Nothing listens on port 1.
  static let calling = Place("static Shop.call(_:)", #line + 2)
  @inline(never) static func call(_ http: HTTPClient) async throws {
    _ = try await http.execute(HTTPClientRequest(url: "http://127.0.0.1:1/"), timeout: .seconds(30))
    keep(7)
  }

  static let badCalling = Place("static Shop.callNowhere(_:)", #line + 2)
  @inline(never) static func callNowhere(_ http: HTTPClient) async throws {
    _ = try await http.execute(HTTPClientRequest(url: "gopher://127.0.0.1/"), timeout: .seconds(30))
    keep(8)
  }

  static let futureCalling = Place("static Shop.callByFuture(_:)", #line + 2)
  @inline(never) static func callByFuture(_ http: HTTPClient) async throws {
    _ = try await http.get(url: "http://127.0.0.1:1/").get()
    keep(9)
  }

  static let collecting = Place("static Shop.collect()", #line + 3)
  @inline(never) static func collect() async throws {
    let body = HTTPClientRequest.Body.bytes(ByteBuffer(string: "more than ten bytes"))
    keep(try await body.collect(upTo: 10).readableBytes)
    keep(10)
  }

  // MARK: GRDB

  @inline(never) static func read(_ database: DatabaseQueue) async throws {
    try await database.read { _ in try reserve() }
    keep(11)
  }

  static let querying = Place("closure #1 in static Shop.query(_:)", #line + 2)
  @inline(never) static func query(_ database: DatabaseQueue) async throws {
    keep(try await database.read { try Int.fetchAll($0, sql: "SELECT * FROM nowhere").count })
    keep(12)
  }

  @inline(never) static func readNow(_ database: DatabaseQueue) throws {
    try database.read { _ in try reserve() }
    keep(13)
  }

  static let queryingNow = Place("static Shop.select(_:)", #line + 2)
  @inline(never) private static func select(_ database: Database) throws {
    keep(try Int.fetchAll(database, sql: "SELECT * FROM nowhere").count)
    keep(14)
  }
  @inline(never) static func queryNow(_ database: DatabaseQueue) throws {
    try database.read { try select($0) }
    keep(15)
  }
}
