// SPDX-License-Identifier: Apache-2.0

import Instrumentation
import Logging
import Spoor
import Tracing

/// An operation that is repeated.
struct Operation {
  let name: String
  let run: (_ calls: Int) -> Void
}

/// The operations, with a service's names and values: mostly short ones, a few long.
enum Operations {
  struct Failed: Error {}

  static func all(_ spoor: SpoorSystem?, least: FloorTracer?) -> [Operation] {
    let standard = spans + contexts + logs(spoor) + failures
    if let spoor { return standard + concrete(spoor.tracer) + direct(spoor.tracer) }
    if let least { return standard + concrete(least) }
    return standard
  }

  // MARK: Spans, through the standard API's global functions

  private static var spans: [Operation] {
    [
      Operation(name: "span, 0 attributes") { calls in
        for _ in 0..<calls { withSpan("charge", ofKind: .client) { _ in } }
      },
      Operation(name: "span, 3 attributes") { calls in
        for number in 0..<calls { withSpan("charge", ofKind: .client) { three($0, number) } }
      },
      Operation(name: "span, 8 attributes") { calls in
        for number in 0..<calls { withSpan("GET /orders/{id}", ofKind: .server) { eight($0, number) } }
      },
      Operation(name: "child span, 3 attributes") { calls in
        withSpan("parent") { _ in
          for number in 0..<calls { withSpan("charge", ofKind: .client) { three($0, number) } }
        }
      },
    ]
  }

  @inline(__always)
  private static func three(_ span: any Span, _ number: Int) {
    span.attributes["order.id"] = "ORD7890"
    span.attributes["user.id"] = "U5678"
    span.attributes["retry.count"] = number & 3
  }

  @inline(__always)
  private static func eight(_ span: any Span, _ number: Int) {
    span.attributes["http.request.method"] = "GET"
    span.attributes["url.path"] = "/orders/ORD7890"
    span.attributes["url.scheme"] = "http"
    span.attributes["server.address"] = "order-service.internal"
    span.attributes["server.port"] = 8080
    span.attributes["http.route"] = "/orders/{id}"
    span.attributes["http.response.status_code"] = 200
    span.attributes["retry.count"] = number & 3
  }

  // MARK: Spans, on the tracer's own type

  private static func direct(_ tracer: SpoorTracer) -> [Operation] {
    [
      Operation(name: "concrete span, 3 attributes set directly") { calls in
        for number in 0..<calls {
          tracer.withSpan("charge", ofKind: .client) { span in
            span.setAttribute("order.id", "ORD7890")
            span.setAttribute("user.id", "U5678")
            span.setAttribute("retry.count", number & 3)
          }
        }
      }
    ]
  }

  @inline(__always)
  private static func concrete<Concrete: Tracer>(_ tracer: Concrete) -> [Operation] {
    [
      Operation(name: "concrete span, 0 attributes") { calls in
        for _ in 0..<calls { tracer.withSpan("charge", ofKind: .client) { _ in } }
      },
      Operation(name: "concrete span, 3 attributes") { calls in
        for number in 0..<calls {
          tracer.withSpan("charge", ofKind: .client) { span in
            span.attributes["order.id"] = "ORD7890"
            span.attributes["user.id"] = "U5678"
            span.attributes["retry.count"] = number & 3
          }
        }
      },
    ]
  }

  // MARK: Propagation

  private struct Fields: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
  }

  private static var contexts: [Operation] {
    let arriving = [
      "b3": "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90",
      "traceparent": "00-80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-01",
    ]
    return [
      Operation(name: "inject") { calls in
        withSpan("parent") { span in
          for _ in 0..<calls {
            var headers: [String: String] = [:]
            InstrumentationSystem.instrument.inject(span.context, into: &headers, using: Fields())
          }
        }
      },
      Operation(name: "extract") { calls in
        for _ in 0..<calls {
          var context = ServiceContext.topLevel
          InstrumentationSystem.instrument.extract(arriving, into: &context, using: Fields())
        }
      },
    ]
  }

  // MARK: Records

  private static func logs(_ spoor: SpoorSystem?) -> [Operation] {
    let logger = spoor == nil ? Logger(label: "orders") { _ in DiscardingLogHandler() } : Logger(label: "orders")
    let events = spoor?.eventLog(label: "orders")
    func inSpan(_ name: String, _ body: @escaping (Int) -> Void) -> Operation {
      Operation(name: name) { calls in
        withSpan("parent") { _ in
          for number in 0..<calls { body(number) }
        }
      }
    }
    return [
      inSpan("log, 0 fields") { _ in logger.info("payment_timeout") },
      inSpan("log, 3 fields") { number in
        logger.info(
          "payment_timeout",
          metadata: ["order_id": "ORD7890", "user_id": "U5678", "retry_count": .stringConvertible(number & 3)])
      },
      inSpan("log, 10 fields") { number in
        logger.info(
          "payment_timeout",
          metadata: [
            "order_id": "ORD7890", "user_id": "U5678", "retry_count": .stringConvertible(number & 3),
            "amount": "129.90",
            "currency": "EUR", "provider": "acme-pay", "region": "eu-west-1", "attempt": .stringConvertible(number),
            "elapsed_ms": .stringConvertible(312.5), "retryable": .stringConvertible(true),
          ])
      },
      inSpan("typed event, 5 fields") { number in
        events?.info("payment_timeout") { fields in
          fields.add("order_id", "ORD7890")
          fields.add("user_id", "U5678")
          fields.add("retry_count", number & 3)
          fields.add("elapsed_ms", 312)
          fields.add("retryable", true)
        }
      },
      inSpan("log below its level") { _ in logger.debug("payment_timeout", metadata: ["order_id": "ORD7890"]) },
    ]
  }

  // MARK: Failures

  @inline(never)
  private static func fail(_ depth: Int) throws -> Int {
    if depth == 0 { throw Failed() }
    return try fail(depth - 1) + 1
  }

  private static var failures: [Operation] {
    [
      Operation(name: "throw and catch inside a span") { calls in
        withSpan("parent") { _ in
          for _ in 0..<calls { do { _ = try fail(10) } catch {} }
        }
      }
    ]
  }
}
