// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import CAllocations
import Foundation
import Instrumentation
import Logging
import Spoor
import Tracing

/// Measures the cost of operations for the calling thread.
///
///     HotPath spoor|unsampled|nothing|floor|floor-unsampled [ROUNDS [OPERATION]]
///
/// `nothing` is the same work without a backend, which measures the APIs; `floor` uses a tracer that does the minimum
/// (``FloorTracer``). All operations run in turn, 10 000 calls per round. After each round a pause lets the recorded
/// spans be delivered, so that none is dropped and delivery is not measured. Prints one JSON object: nanoseconds of
/// processor time of the calling thread per call for each round, and allocations per call in the median round.
@main
struct HotPath {
  /// The main thread waits instead of serving the main queue, where callgrind 3.19 crashes (in `sigsuspend`).
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let backend = Backend(rawValue: arguments[1]) else {
      let usage = "usage: HotPath spoor|unsampled|nothing|floor|floor-unsampled [ROUNDS [OPERATION]]\n"
      FileHandle.standardError.write(Data(usage.utf8))
      exit(2)
    }
    let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 11 : 11
    let only = arguments.count > 3 ? arguments[3] : nil
    let spoor = try backend.bootstrap()
    let finished = DispatchSemaphore(value: 0)
    Task.detached {
      let (figures, allocations) = run(backend, spoor, rounds, only)
      var undelivered = 0
      if let spoor { undelivered = await spoor.shutdown(timeout: .seconds(30)).undeliveredSpans }
      let result: [String: Any] = [
        "backend": backend.rawValue, "ns": figures, "undelivered": undelivered,
        "allocations": allocations.mapValues { $0.sorted()[$0.count / 2] },
      ]
      let data = try JSONSerialization.data(withJSONObject: result, options: [.sortedKeys])
      FileHandle.standardError.write(data + Data("\n".utf8))
      finished.signal()
    }
    finished.wait()
  }

  /// Time and allocations of each operation, round by round.
  ///
  /// Runs in a task, as services do, and without suspension: a task that suspends may continue on another thread, whose
  /// slots of the journal have not been touched.
  private static func run(
    _ backend: Backend, _ spoor: SpoorSystem?, _ rounds: Int, _ only: String?
  ) -> ([String: [Double]], [String: [Double]]) {
    let operations = Operations.all(spoor, least: backend.least).filter { only == nil || $0.name == only }
    var figures: [String: [Double]] = [:]
    var allocations: [String: [Double]] = [:]
    for round in 0..<rounds + 2 {
      for operation in operations {
        let (time, allocated) = measure(operation)
        spoor?.flush()
        Thread.sleep(forTimeInterval: spoor == nil ? 0.001 : 0.06)
        guard round >= 2 else { continue }
        figures[operation.name, default: []].append(time)
        allocations[operation.name, default: []].append(allocated)
      }
    }
    return (figures, allocations)
  }

  @inline(never)
  static func measure(_ operation: Operation) -> (nanoseconds: Double, allocations: Double) {
    let calls = 10_000
    let allocated = spoor_bench_allocations()
    let began = ThreadClock.now
    operation.run(calls)
    let took = ThreadClock.now - began
    return (Double(took) / Double(calls), Double(spoor_bench_allocations() - allocated) / Double(calls))
  }
}

/// The backend of a run.
enum Backend: String {
  case spoor, unsampled, nothing, floor
  case floorUnsampled = "floor-unsampled"

  /// The minimal tracer, if the run uses it.
  var least: FloorTracer? {
    self == .floor || self == .floorUnsampled ? FloorTracer(isSampled: self == .floor) : nil
  }

  func bootstrap() throws -> SpoorSystem? {
    if let least {
      InstrumentationSystem.bootstrap(least)
      return nil
    }
    if self == .nothing { return nil }
    let sink = try CountingSink()
    var configuration = SpoorConfiguration()
    configuration.export.endpoints = ["http://127.0.0.1:\(sink.port)/api/v2/spans"]
    configuration.journal.location = .memory
    // Nothing is sent before the pause, because another processor's work on the same memory would change the figure.
    configuration.export.batchBytes = 50_000_000
    configuration.export.batchAge = .seconds(3600)
    if self == .unsampled { configuration.sampling.sampler = NeverSampler() }
    return try SpoorSystem.bootstrap(service: "cost", configuration: configuration)
  }
}
