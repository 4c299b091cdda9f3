// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Foundation
import Logging
import Spoor
import Tracing

/// Measures spans and lines until they are delivered: processor time of all threads of this process.
///
///     Delivery spans PORT memory|file gzip|plain THREADS full|ticks|SPANS_PER_SECOND [OPTION=NUMBER...]
///     Delivery ticks TRACES_PER_SECOND
///     Delivery lines logger|events COUNT
///
/// `spans` records 20 000 traces of a root with four children and three attributes each, or of the ``Shape`` given by
/// options, through the global `withSpan`, and sends them to the collector on PORT. It runs at full rate, with one
/// trace for each byte on standard input (work that arrives, as in a service), or paced by its own sleeps, each of
/// which sets a timer and is expensive on a virtual machine.
///
/// `ticks` writes such bytes to standard output, each when its trace is due, until the reader ends. `lines` writes
/// records to standard output as fast as it can. `spans` and `lines` print one JSON object each to standard error.
@main
struct Delivery {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("spans", 6...):
      guard let shape = Shape(arguments.dropFirst(6)) else { usage() }
      try await spans(arguments, shape)
    case ("ticks", 2): ticks(perSecond: Double(arguments[1]) ?? 1)
    case ("lines", 3): try await lines(arguments[1], Int(arguments[2]) ?? 0)
    default: usage()
    }
  }

  private static func usage() -> Never {
    let text = """
      usage: Delivery spans PORT memory|file gzip|plain THREADS full|ticks|RATE
                      [spans=N] [per-trace=N] [attributes=N] [open=N] [record=0]
             Delivery ticks TRACES_PER_SECOND
             Delivery lines logger|events COUNT

      """
    FileHandle.standardError.write(Data(text.utf8))
    exit(2)
  }

  // MARK: Spans

  private static func spans(_ arguments: [String], _ shape: Shape) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-delivery-\(getpid())").path
    var configuration = SpoorConfiguration()
    configuration.export.endpoints = ["http://127.0.0.1:\(arguments[1])/api/v2/spans"]
    configuration.journal.location = arguments[2] == "file" ? .directory(directory) : .memory
    configuration.export.compression = arguments[3] == "gzip" ? .always : .never
    let threads = Int(arguments[4]) ?? 1
    let isTicked = arguments[5] == "ticks"
    let rate = Int(arguments[5])
    let traces = max(shape.spans / shape.spansPerTrace / threads, 1) * threads
    let spans = traces * shape.spansPerTrace
    let spoor = try SpoorSystem.bootstrap(service: "cost", configuration: configuration)
    let warmUp = max(500 / shape.spansPerTrace, 1)
    for _ in 0..<warmUp { shape.trace(0) }  // Warm-up: everything that happens once has happened.
    let open = (0..<shape.openSpans).map { _ in startSpan("open") }
    spoor.flush()
    try await Task.sleep(for: .milliseconds(300))

    if isTicked { dropTicks() }
    let began = ThreadClock.process
    let start = ContinuousClock.now
    let finished = DispatchGroup()
    for thread in 0..<threads {
      finished.enter()
      Thread.detachNewThread {
        for number in 0..<traces / threads {
          if isTicked {
            var tick: UInt8 = 0
            guard unsafe read(STDIN_FILENO, &tick, 1) == 1 else { break }
          } else if let rate {
            pace(
              until: start, number: number * threads + thread,
              tracesPerSecond: Double(rate) / Double(shape.spansPerTrace))
          }
          shape.trace(number)
        }
        finished.leave()
      }
    }
    await withCheckedContinuation { continuation in finished.notify(queue: .global()) { continuation.resume() } }
    let recorded = ContinuousClock.now - start
    let shutdown = await spoor.shutdown(timeout: .seconds(60))
    let took = ThreadClock.process - began
    try? FileManager.default.removeItem(atPath: directory)
    withExtendedLifetime(open) {}
    try report([
      "spans": spans, "cpu_ns_per_span": Double(took) / Double(spans), "undelivered": shutdown.undeliveredSpans,
      "warm_up_spans": warmUp * shape.spansPerTrace, "recorded_s": seconds(recorded), "peak_memory_kib": peakMemory(),
    ])
  }

  private static func pace(until start: ContinuousClock.Instant, number: Int, tracesPerSecond: Double) {
    let due = start.advanced(by: .nanoseconds(Int64(Double(number) * 1e9 / tracesPerSecond)))
    let wait = due - .now
    if wait > .zero { usleep(UInt32(wait.components.attoseconds / 1_000_000_000_000)) }
  }

  private static func ticks(perSecond: Double) {
    let start = ContinuousClock.now
    var number = 0
    while unsafe write(STDOUT_FILENO, "x", 1) == 1 {
      number += 1
      pace(until: start, number: number, tracesPerSecond: perSecond)
    }
  }

  /// Skip the ticks that came before the measurement.
  private static func dropTicks() {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    var ticks = [UInt8](repeating: 0, count: 4096)
    while unsafe poll(&input, 1, 0) == 1, unsafe read(STDIN_FILENO, &ticks, ticks.count) > 0 {}
  }

  // MARK: Lines

  private static func lines(_ kind: String, _ count: Int) async throws {
    var configuration = SpoorConfiguration()
    configuration.journal.location = .memory
    let sink = try CountingSink()  // Ends the span around the lines too, so that the end does not wait for a collector.
    configuration.export.endpoints = ["http://127.0.0.1:\(sink.port)/api/v2/spans"]
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
