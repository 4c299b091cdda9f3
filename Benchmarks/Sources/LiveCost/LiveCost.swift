// SPDX-License-Identifier: Apache-2.0

import Foundation
import Histogram
import Logging
import Spoor
import Tracing

/// Holds open spans, and measures its own work meanwhile, so that the influence of a reader of its journal shows.
///
///     LiveCost OPEN
///
/// Each open span has three attributes, every tenth a log record. `begin` on standard input starts a window, `end`
/// prints the figures of the window as a JSON object. In a window a thread records 5 000 spans per second with two
/// attributes and a log record each, and reads the clock in between, so that each moment in which it could not run
/// shows as well. The settings, such as the journal's directory and the collector, come from the environment.
@main
struct LiveCost {
  static func main() async throws {
    guard CommandLine.arguments.count == 2, let count = Int(CommandLine.arguments[1]) else {
      FileHandle.standardError.write(Data("usage: LiveCost OPEN\n".utf8))
      exit(2)
    }
    let spoor = try SpoorSystem.bootstrap(
      service: "live", configuration: SpoorConfiguration(), install: [.tracing])
    let log = spoor.logger(label: "live")
    let open = (0..<count).map { number in
      let span = startSpan("place order")
      span.attributes["order.id"] = "ORD\(number)"
      span.attributes["user.id"] = "U\(number % 1000)"
      span.attributes["retry.count"] = number & 3
      if number % 10 == 0 {
        ServiceContext.$current.withValue(span.context) {
          log.info("waiting_for_bank", metadata: ["order_id": "ORD\(number)"])
        }
      }
      return span
    }
    FileHandle.standardError.write(Data("ready\n".utf8))
    while let command = readLine() {
      guard command == "begin" else { continue }
      let window = Window()
      Thread.detachNewThread { window.run(log) }
      while let command = readLine(), command != "end" {}
      FileHandle.standardError.write(try window.end())
    }
    for span in open { span.end() }
    await spoor.shutdown(timeout: .seconds(30))
  }
}

/// Work for some time, and how long its parts took.
final class Window: Sendable {
  private static let pause: UInt64 = 200_000

  private let condition = NSCondition()
  nonisolated(unsafe) private var isRunning = true  // Accessed only under `condition`.
  nonisolated(unsafe) private var result: [String: Double]?  // Accessed only under `condition`.

  private var continues: Bool { condition.withLock { unsafe isRunning } }

  /// Works until ``end()``.
  func run(_ log: Logger) {
    var histogram = Histogram<UInt32>(numberOfSignificantValueDigits: .three)
    var stall: UInt64 = 0
    var number = 0
    while continues {
      let began = Self.now
      withSpan("charge", ofKind: .client) { span in
        span.attributes["order.id"] = "ORD7890"
        span.attributes["retry.count"] = number & 3
        log.info("charged", metadata: ["order_id": "ORD7890"])
      }
      var last = Self.now
      histogram.record(last - began)
      number += 1
      while last < began + Self.pause {
        let now = Self.now
        stall = max(stall, now - last)
        last = now
      }
    }
    func microseconds(_ value: UInt64) -> Double { Double(value) / 1000 }
    let result = [
      "operations": Double(number), "p50_us": microseconds(histogram.valueAtPercentile(50)),
      "p99_us": microseconds(histogram.valueAtPercentile(99)),
      "p99.9_us": microseconds(histogram.valueAtPercentile(99.9)), "worst_us": microseconds(histogram.max),
      "stall_us": microseconds(stall),
    ]
    condition.withLock {
      unsafe self.result = result
      condition.signal()
    }
  }

  /// Ends the work, and returns its figures as a line of JSON.
  func end() throws -> Data {
    let result = condition.withLock {
      unsafe isRunning = false
      while unsafe self.result == nil { condition.wait() }
      return unsafe self.result ?? [:]
    }
    return try JSONSerialization.data(withJSONObject: result, options: [.sortedKeys]) + Data("\n".utf8)
  }

  /// Nanoseconds of a clock that only goes forward.
  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
