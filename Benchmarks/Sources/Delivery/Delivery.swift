import BenchmarkSupport
import Foundation
import Logging
import Spoor
import Tracing

/// What spans and lines cost until they have left: processor time of all threads of this process.
///
///     Delivery spans PORT memory|file gzip|plain THREADS full|SPANS_PER_SECOND
///     Delivery lines logger|events COUNT
///
/// `spans` records 20 000 traces of a root with four children, three attributes each, through the global `withSpan`, to
/// the collector on PORT; at full rate or paced by the millisecond. `lines` writes records to standard output as fast as
/// it can. Each prints one JSON object, to standard error.
@main
struct Delivery {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("spans", 6): try await spans(arguments)
    case ("lines", 3): try await lines(arguments[1], Int(arguments[2]) ?? 0)
    default:
      FileHandle.standardError.write(
        Data(
          "usage: Delivery spans PORT memory|file gzip|plain THREADS full|RATE, Delivery lines logger|events COUNT\n"
            .utf8))
      exit(2)
    }
  }

  // MARK: Spans

  private static func spans(_ arguments: [String]) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-delivery-\(getpid())").path
    var configuration = SpoorConfiguration()
    configuration.endpoints = ["http://127.0.0.1:\(arguments[1])/api/v2/spans"]
    configuration.journalDirectory = arguments[2] == "file" ? directory : "off"
    configuration.compression = arguments[3] == "gzip" ? .always : .never
    let threads = Int(arguments[4]) ?? 1
    let rate = Int(arguments[5])
    let roots = 20_000
    let spoor = try SpoorSystem.bootstrap(service: "cost", configuration: configuration)
    for _ in 0..<100 { trace(0) }  // Everything that happens once has happened.
    spoor.flush()
    try await Task.sleep(for: .milliseconds(300))

    let began = ThreadClock.process
    let start = ContinuousClock.now
    let finished = DispatchGroup()
    for thread in 0..<threads {
      finished.enter()
      Thread.detachNewThread {
        for number in 0..<roots / threads {
          if let rate { pace(until: start, number: number * threads + thread, tracesPerSecond: rate / 5) }
          trace(number)
        }
        finished.leave()
      }
    }
    await withCheckedContinuation { continuation in finished.notify(queue: .global()) { continuation.resume() } }
    let recorded = ContinuousClock.now - start
    let shutdown = await spoor.shutdown(timeout: .seconds(60))
    let took = ThreadClock.process - began
    try? FileManager.default.removeItem(atPath: directory)
    try report([
      "spans": roots * 5, "cpu_ns_per_span": Double(took) / Double(roots * 5), "undelivered": shutdown.undeliveredSpans,
      "recorded_s": seconds(recorded), "peak_memory_kib": peakMemory(),
    ])
  }

  @inline(never)
  private static func trace(_ number: Int) {
    withSpan("POST /orders", ofKind: .server) { root in
      attributes(root, number)
      for _ in 0..<4 { withSpan("charge", ofKind: .client) { attributes($0, number) } }
    }
  }

  private static func attributes(_ span: any Span, _ number: Int) {
    span.attributes["order.id"] = "ORD7890"
    span.attributes["user.id"] = "U5678"
    span.attributes["retry.count"] = number & 3
  }

  private static func pace(until start: ContinuousClock.Instant, number: Int, tracesPerSecond: Int) {
    let due = start.advanced(by: .nanoseconds(Int64(number) * 1_000_000_000 / Int64(tracesPerSecond)))
    let wait = due - .now
    if wait > .zero { usleep(UInt32(wait.components.attoseconds / 1_000_000_000_000)) }
  }

  // MARK: Lines

  private static func lines(_ kind: String, _ count: Int) async throws {
    var configuration = SpoorConfiguration()
    configuration.journalDirectory = "off"
    configuration.endpoints = ["http://127.0.0.1:9/api/v2/spans"]
    let spoor = try SpoorSystem.bootstrap(service: "order-service", configuration: configuration)
    let logger = Logger(label: "orders")
    let events = spoor.eventLog(label: "orders")
    let began = ThreadClock.process
    let start = ContinuousClock.now
    withSpan("work") { _ in
      if kind == "events" {
        for number in 0..<count {
          events.info("payment_timeout") { fields in
            fields.add("order_id", "ORD7890")
            fields.add("user_id", "U5678")
            fields.add("retry_count", number)
          }
        }
      } else {
        for number in 0..<count {
          logger.info(
            "payment_timeout",
            metadata: ["order_id": "ORD7890", "user_id": "U5678", "retry_count": .stringConvertible(number)])
        }
      }
    }
    let shutdown = await spoor.shutdown(timeout: .milliseconds(200))
    let took = ThreadClock.process - began
    try report([
      "lines": count, "cpu_ns_per_line": Double(took) / Double(count), "wall_s": seconds(ContinuousClock.now - start),
      "wrote_all": shutdown.wroteAllLines, "peak_memory_kib": peakMemory(),
    ])
  }

  // MARK: Figures

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  private static func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
  }

  private static func report(_ figures: [String: Any]) throws {
    let data = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
    FileHandle.standardError.write(data + Data("\n".utf8))
  }
}
