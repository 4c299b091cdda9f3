// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Foundation
import Histogram
import Spoor
import Tracing

/// Measures a span with three attributes on the recording thread, with the journal in memory or in a file.
///
///     JournalCost memory|file [ROUNDS]
///
/// Each round records 20 000 spans, which fit into the journal, and waits until the sink has them, so that none is
/// dropped and delivery is not measured. Prints one JSON object: nanoseconds per span of each round (processor time of
/// the recording thread), and percentiles of single spans (wall time) while the disk is busy.
@main
struct JournalCost {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2, ["memory", "file"].contains(arguments[1]) else {
      FileHandle.standardError.write(Data("usage: JournalCost memory|file [ROUNDS]\n".utf8))
      exit(2)
    }
    let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 15 : 15
    let directory = FileManager.default.temporaryDirectory.appending(path: "spoor-cost-\(getpid())").path
    let sink = try CountingSink()
    var configuration = SpoorConfiguration()
    configuration.export.endpoints = ["http://127.0.0.1:\(sink.port)/api/v2/spans"]
    configuration.journal.location = arguments[1] == "file" ? .directory(directory) : .memory
    let spoor = try SpoorSystem.bootstrap(service: "cost", configuration: configuration, install: [])

    var perSpan: [Double] = []
    for round in 0..<rounds + 2 {
      let began = ThreadClock.now
      for number in 0..<20_000 { record(spoor.tracer, number) }
      let took = ThreadClock.now - began
      if round >= 2 { perSpan.append(Double(took) / 20_000) }
      spoor.flush()
      try await Task.sleep(for: .milliseconds(150))
    }

    let histogram = try singleSpans(spoor.tracer)
    let report = await spoor.shutdown(timeout: .seconds(30))
    try? FileManager.default.removeItem(atPath: directory)
    let result: [String: Any] = [
      "journal": arguments[1], "ns_per_span": perSpan, "undelivered": report.undeliveredSpans,
      "single_span_ns": [
        "p50": histogram.valueAtPercentile(50), "p99": histogram.valueAtPercentile(99),
        "p99.9": histogram.valueAtPercentile(99.9), "max": histogram.max,
      ],
    ]
    let data = try JSONSerialization.data(withJSONObject: result, options: [.sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }

  @inline(never)
  private static func record(_ tracer: SpoorTracer, _ number: Int) {
    tracer.withSpan("charge", ofKind: .client) { span in
      span.attributes["order.id"] = "ORD7890"
      span.attributes["user.id"] = "U5678"
      span.attributes["retry.count"] = number & 3
    }
  }

  /// Single spans while another thread makes the kernel write to the disk continuously.
  private static func singleSpans(_ tracer: SpoorTracer) throws -> Histogram<UInt32> {
    var histogram = Histogram<UInt32>(numberOfSignificantValueDigits: .three)
    let path = FileManager.default.temporaryDirectory.appending(path: "spoor-writeback-\(getpid())").path
    let file = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    let isRunning = Flag()
    Thread.detachNewThread {
      let block = [UInt8](repeating: 7, count: 1 << 20)
      while isRunning.value {
        for _ in 0..<64 { _ = unsafe write(file, block, block.count) }
        fsync(file)
        sync()
        ftruncate(file, 0)
        lseek(file, 0, SEEK_SET)
      }
      close(file)
      unsafe unlink(path)
      isRunning.end()
    }
    for batch in 0..<40 {
      for number in 0..<2500 {
        let began = ContinuousClock.now
        record(tracer, batch + number)
        let took = ContinuousClock.now - began
        histogram.record(UInt64(took.components.attoseconds / 1_000_000_000))
      }
      tracer.forceFlush()
      usleep(20_000)
    }
    isRunning.stopAndWait()
    return histogram
  }
}

/// Tells a thread to end, and waits until it has ended.
final class Flag: Sendable {
  private let condition = NSCondition()
  nonisolated(unsafe) private var isSet = true  // Accessed only under `condition`.
  nonisolated(unsafe) private var hasEnded = false  // Accessed only under `condition`.

  var value: Bool { condition.withLock { unsafe isSet } }

  func end() {
    condition.withLock {
      unsafe hasEnded = true
      condition.signal()
    }
  }

  func stopAndWait() {
    condition.withLock {
      unsafe isSet = false
      while unsafe !hasEnded { condition.wait() }
    }
  }
}
