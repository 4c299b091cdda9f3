// SPDX-License-Identifier: Apache-2.0

// Declarations that the documentation's snippets use.

import Logging
import ServiceLifecycle
import Spoor
import Tracing

struct Order: Sendable { let id: String }

struct Receipt: Sendable {
  let text: String
  static func declined(because error: any Error) -> Receipt { Receipt(text: "\(error)") }
  static func declined(because reason: String) -> Receipt { Receipt(text: reason) }
}

struct PaymentTimeout: Error {}

struct Payments: Sendable {
  func charge(_ order: Order) async throws -> Receipt { throw PaymentTimeout() }
}

struct User: Sendable {}

struct Users: Sendable {
  func find(_ id: Int) async throws -> User { User() }
}

struct Queue: Sendable {
  struct Message: Sendable {
    let body: String
    let headers: [String: String]
  }

  let messages = AsyncStream<Message> { $0.finish() }
  func send(body: String, headers: [String: String]) async throws {}
}

struct Server: Service {
  func run() async throws { try? await gracefulShutdown() }
}

func fulfil(_ task: String) async throws {}
func placeOrder(logger: Logger) async throws {}

let log = Logger(label: "orders")
let order = Order(id: "ORD7890")
let payments = Payments()
let users = Users()
let id = 42
let queue = Queue()
let server = Server()
let message = Queue.Message(body: "T1001", headers: [:])
let messages = [message]

/// The system that a snippet continues with. Nothing here is run.
func bootstrappedSpoor() throws -> SpoorSystem { try SpoorSystem.bootstrap() }
