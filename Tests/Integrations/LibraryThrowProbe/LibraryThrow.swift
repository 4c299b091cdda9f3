// SPDX-License-Identifier: Apache-2.0

import GRDB
import IntegrationSupport
import Spoor
import SpoorTesting

/// Where an error is thrown: the function as a stack names it, and its line.
struct Place: Sendable, CustomStringConvertible {
  let function: String
  let line: Int

  init(_ function: String, _ line: Int) {
    self.function = function
    self.line = line
  }

  var description: String { "\(function):\(line)" }
}

/// A way in which a library throws an error or passes one on, and what its record must say.
struct LibraryThrow: Sendable {
  let name: String
  let place: Place
  let sources: Set<String>
  /// The function whose `try await` throws the error again.
  let rethrownIn: String?
  let body: @Sendable (TelemetryCapture) async throws -> Void

  init(
    _ name: String, _ place: Place, _ sources: Set<String>, rethrownIn: String? = nil,
    _ body: @escaping @Sendable (TelemetryCapture) async throws -> Void
  ) {
    self.name = name
    self.place = place
    self.sources = sources
    self.rethrownIn = rethrownIn
    self.body = body
  }

  /// An event loop's thread has no span, so a throw there is not captured: what is known is the `await` of the program.
  /// That is never `exact`. (GRDB hands the caller's task-locals on to its threads.)
  private static let awaiting: Set<String> = ["inferred"]

  static let all: [LibraryThrow] = [
    LibraryThrow("NIO, promise", Shop.reserving, ["exact"], rethrownIn: "static Shop.failPromise()") { _ in
      try await Shop.failPromise()
    },
    LibraryThrow("NIO, failed future", Shop.reserving, ["exact"], rethrownIn: "static Shop.failFuture()") { _ in
      try await Shop.failFuture()
    },
    LibraryThrow("NIO, submit", Shop.submitting, awaiting) { _ in try await Shop.submit() },
    LibraryThrow("NIO, flatMapThrowing", Shop.mapping, awaiting) { _ in try await Shop.mapFuture() },
    LibraryThrow("NIO, makeFutureWithTask", Shop.reserving, ["exact"]) { _ in try await Shop.makeFutureWithTask() },
    LibraryThrow("AsyncHTTPClient, refused", Shop.calling, ["exact", "inferred"]) { telemetry in
      try await withTracedClient(telemetry.tracer) { try await Shop.call($0) }
    },
    LibraryThrow("AsyncHTTPClient, unknown scheme", Shop.badCalling, ["exact", "inferred"]) { telemetry in
      try await withTracedClient(telemetry.tracer) { try await Shop.callNowhere($0) }
    },
    LibraryThrow("AsyncHTTPClient, future", Shop.futureCalling, awaiting) { telemetry in
      try await withTracedClient(telemetry.tracer) { try await Shop.callByFuture($0) }
    },
    LibraryThrow("AsyncHTTPClient, body too long", Shop.collecting, ["exact", "inferred"]) { _ in
      try await Shop.collect()
    },
    LibraryThrow("GRDB, async access", Shop.reserving, ["exact"], rethrownIn: "static Shop.read(_:)") { _ in
      try await Shop.read(DatabaseQueue())
    },
    LibraryThrow("GRDB, async query", Shop.querying, ["exact"], rethrownIn: "static Shop.query(_:)") { _ in
      try await Shop.query(DatabaseQueue())
    },
    LibraryThrow("GRDB, access", Shop.reserving, ["exact"]) { _ in try Shop.readNow(DatabaseQueue()) },
    LibraryThrow("GRDB, query", Shop.queryingNow, ["exact", "inferred"]) { _ in try Shop.queryNow(DatabaseQueue()) },
  ]
}
