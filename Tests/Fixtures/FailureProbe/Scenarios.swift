import Logging
import Spoor
import Tracing

/// What goes wrong, and what the service does about it.
enum Scenarios {
  static let all: [String: @Sendable (Logger) async throws -> Void] = [
    "logged": logged, "twice": twice, "recovered": recovered, "outside": outside, "crumbs": crumbs, "context": context,
    "byhand": byHand, "storm": storm,
  ]

  /// Caught and logged in the span around the one it was thrown in.
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

  @Sendable static func recovered(_ log: Logger) async throws {
    try await withSpan("place order") { span in
      let number = try await withRecovery("payment_timeout", logger: log, metadata: ["retry_count": "2"]) {
        try await Payments.charge()
        return 1
      } fallback: { failure in
        span.attributes["fallback"] = failure.type
        return 2
      }
      span.attributes["number"] = number
    }
  }

  /// Logged when the span is long over.
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

  /// Many failures at once, and lines between them.
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
