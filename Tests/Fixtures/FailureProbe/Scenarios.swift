// SPDX-License-Identifier: Apache-2.0

import Logging
import Spoor
import Tracing

/// The failures, and how the service handles them.
enum Scenarios {
  static let all: [String: @Sendable (Logger) async throws -> Void] = [
    "logged": logged, "twice": twice, "recovered": recovered, "outside": outside, "crumbs": crumbs, "context": context,
    "byhand": byHand, "storm": storm, "spanless": spanless, "eight": eight,
  ]

  /// Caught and logged in the parent of the span in which it was thrown.
  @Sendable static func logged(_ log: Logger) async throws {
    await withSpan("POST /orders") { _ in
      do { try await withSpan("charge") { _ in try await Payments.charge() } } catch {
        log.error("payment_failed", error: error, metadata: ["order_id": "ORD7890"])
      }
    }
  }

  /// Logged twice on its way up, through two spans.
  @Sendable static func twice(_ log: Logger) async throws {
    do {
      try await withSpan("outer") { _ in
        do { try await withSpan("inner") { _ in try await Payments.charge() } } catch {
          log.error("first", error: error)
          throw error
        }
      }
    } catch {
      log.error("second", error: error)
    }
  }

  @Sendable static func recovered(_ log: Logger) async {
    await withSpan("place order") { span in
      let number = await withRecovery("payment_timeout", logger: log, metadata: ["retry_count": "2"]) {
        try await Payments.charge()
        return 1
      } fallback: { failure in
        span.attributes["fallback"] = failure.type
        return 2
      }
      span.attributes["number"] = number
    }
  }

  /// Logged after the span has ended.
  @Sendable static func outside(_ log: Logger) async throws {
    do { try await withSpan("over") { _ in try await Payments.charge() } } catch { log.error("late", error: error) }
  }

  @Sendable static func crumbs(_ log: Logger) async throws {
    withSpan("crumbs") { _ in
      for number in 0..<15 { log.info("step_\(number)") }
      withSpan("another trace", context: .topLevel) { _ in log.info("elsewhere") }
      do { try Payments.refund() } catch { log.error("failed", error: error) }
    }
  }

  @Sendable static func context(_ log: Logger) async throws {
    await withSpan("context") { _ in
      do { try await withErrorContext("failed to get user 5") { try await Payments.charge() } } catch {
        log.error("failed", error: error)
      }
    }
  }

  @Sendable static func byHand(_ log: Logger) async throws {
    await withSpan("by hand") { span in
      do { try await Payments.charge() } catch {
        let failure = CapturedFailure(error)
        log.warning("by_hand", metadata: ["source": "\(failure.stackSource.rawValue)", "type": "\(failure.type)"])
        span.recordError(error)
      }
    }
  }

  /// Many failures at once, with other lines between them.
  /// Thrown and caught outside any span.
  @Sendable static func spanless(_ log: Logger) async {
    do { try Payments.refund() } catch { log.error("failed", error: error) }
  }

  /// Thrown eight times at one place.
  @Sendable static func eight(_ log: Logger) async {
    withSpan("eight") { _ in
      for _ in 0..<8 {
        do { try Payments.refund() } catch { log.error("failed", error: error) }
      }
    }
  }

  @Sendable static func storm(_ log: Logger) async throws {
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for round in 0..<200 {
            await withSpan("storm") { _ in
              do { try await Payments.charge() } catch {
                log.error("failed", error: error, metadata: ["number": .stringConvertible(task * 200 + round)])
              }
              log.info("line", metadata: ["number": .stringConvertible(task * 200 + round)])
            }
          }
        }
      }
    }
  }
}
