// SPDX-License-Identifier: Apache-2.0

import Foundation
import Histogram
import Logging
import Spoor
import Tracing

/// Measures how long each single operation keeps its caller.
///
///     Latency spoor|failing|stream|nothing SECONDS
///
/// 5 000 times a second, one operation of each kind is due: a span with three attributes, and a log record with three
/// fields in a span. `spoor` measures both with the settings of the environment; `failing` does too, and in the middle
/// a payment fails for the first time, inside a span, and is logged. `stream` measures the record with swift-log's
/// handler for standard output, and `nothing` only two readings of the clock: what the machine itself adds.
///
/// The time of an operation counts from the moment at which it is due, so that one that is late because of the one
/// before it counts as late. Prints a JSON object on standard error: for each kind the count and, in nanoseconds, the
/// percentiles of its HdrHistogram.
@main
struct Latency {
  enum Mode: String { case spoor, failing, stream, nothing }

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let mode = Mode(rawValue: arguments[1]), let seconds = Int(arguments[2]), seconds > 0
    else {
      FileHandle.standardError.write(Data("usage: Latency spoor|failing|stream|nothing SECONDS\n".utf8))
      exit(2)
    }
    var spoor: SpoorSystem?
    switch mode {
    case .spoor, .failing:
      spoor = try SpoorSystem.bootstrap(service: "latency", configuration: SpoorConfiguration(), install: [.tracing])
    case .stream, .nothing: break
    }
    let log =
      spoor?.logger(label: "latency")
      ?? Logger(label: "latency", factory: { StreamLogHandler.standardOutput(label: $0) })
    let rounds = Rounds(mode, log)
    await withCheckedContinuation { finished in
      Thread.detachNewThread {
        rounds.run(seconds: seconds)
        finished.resume()
      }
    }
    await spoor?.shutdown(timeout: .seconds(5))
    FileHandle.standardError.write(try rounds.result())
  }
}

/// Operations at a steady rate, on one thread.
final class Rounds: @unchecked Sendable {  // Used by its thread, and after that by the main one.
  private static let pause: UInt64 = 200_000
  private static let percentiles = [50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100]

  struct PaymentTimeout: Error {}

  private let mode: Latency.Mode
  private let log: Logger
  private var spans = Histogram<UInt32>(numberOfSignificantValueDigits: .three)
  private var records = Histogram<UInt32>(numberOfSignificantValueDigits: .three)

  init(_ mode: Latency.Mode, _ log: Logger) {
    self.mode = mode
    self.log = log
  }

  func run(seconds: Int) {
    let count = seconds * Int(1_000_000_000 / Self.pause)
    let warmUp = count / 10
    var due = Self.now
    for number in 0..<count + warmUp {
      if number == warmUp {
        spans = Histogram(numberOfSignificantValueDigits: .three)
        records = Histogram(numberOfSignificantValueDigits: .three)
      }
      due += Self.pause
      switch mode {
      case .nothing: measure(&spans, due) {}
      case .stream: measure(&records, due) { record(number) }
      case .spoor, .failing:
        if mode == .failing, number == warmUp + count / 2 {
          measure(&records, due) { fail() }
        } else {
          measure(&spans, due) { span(number) }
        }
        let next = due + Self.pause / 2
        withSpan("order") { _ in measure(&records, next) { record(number) } }
      }
    }
  }

  /// Waits until the operation is due, without giving the processor away.
  @inline(__always)
  private func measure(_ histogram: inout Histogram<UInt32>, _ due: UInt64, _ operation: () -> Void) {
    while Self.now < due {}
    operation()
    histogram.record(Self.now - due)
  }

  private func span(_ number: Int) {
    withSpan("charge", ofKind: .client) { span in
      span.attributes["order.id"] = "ORD7890"
      span.attributes["user.id"] = "U5678"
      span.attributes["retry.count"] = number & 3
    }
  }

  private func record(_ number: Int) {
    log.info("charged", metadata: ["order_id": "ORD7890", "user_id": "U5678", "retry_count": "\(number & 3)"])
  }

  @inline(never)
  private func charge() throws { throw PaymentTimeout() }

  private func fail() {
    do {
      try withSpan("charge", ofKind: .client) { _ in try charge() }
    } catch {
      log.error("payment_timeout", error: error, metadata: ["order_id": "ORD7890"])
    }
  }

  func result() throws -> Data {
    var kinds: [String: Any] = [:]
    for (name, histogram) in [("span", spans), ("record", records)] where histogram.totalCount > 0 {
      kinds[mode == .nothing ? "nothing" : name] = [
        "count": histogram.totalCount,
        "ns": Self.percentiles.map { [$0, Double(histogram.valueAtPercentile($0))] },
      ]
    }
    return try JSONSerialization.data(withJSONObject: kinds, options: [.sortedKeys]) + Data("\n".utf8)
  }

  /// Nanoseconds of a clock that only goes forward.
  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
