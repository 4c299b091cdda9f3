import BenchmarkSupport
import CAllocations
import Foundation
import Instrumentation
import Logging
import Spoor
import Tracing

/// What an operation costs the thread that calls it.
///
///     HotPath spoor|unsampled|nothing|floor|floor-unsampled [ROUNDS [OPERATION]]
///
/// `nothing` is the same work without any backend: what the APIs themselves cost; `floor` with a tracer that does the
/// least (``FloorTracer``). Rounds of every operation in turn,
/// 10 000 calls each, and a pause after each in which what was recorded leaves, so that nothing is dropped and shipping
/// is no part of the figure. Prints one JSON object: nanoseconds of processor time of the calling thread per call, round
/// by round, and allocations per call in the median round.
@main
struct HotPath {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let backend = Backend(rawValue: arguments[1]) else {
      let usage = "usage: HotPath spoor|unsampled|nothing|floor|floor-unsampled [ROUNDS [OPERATION]]\n"
      FileHandle.standardError.write(Data(usage.utf8))
      exit(2)
    }
    let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 11 : 11
    let only = arguments.count > 3 ? arguments[3] : nil
    let spoor = try backend.bootstrap()
    let (figures, allocations) = run(backend, spoor, rounds, only)
    var undelivered = 0
    if let spoor { undelivered = await spoor.shutdown(timeout: .seconds(30)).undeliveredSpans }
    let result: [String: Any] = [
      "backend": backend.rawValue, "ns": figures, "undelivered": undelivered,
      "allocations": allocations.mapValues { $0.sorted()[$0.count / 2] },
    ]
    let data = try JSONSerialization.data(withJSONObject: result, options: [.sortedKeys])
    FileHandle.standardError.write(data + Data("\n".utf8))
  }

  /// Time and allocations of each operation, round by round.
  ///
  /// In a task, as services do it, and without a suspension: a pause that gives the thread back may end on another, which has
  /// other slots of the journal, untouched ones at first.
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

/// What is behind the APIs in a run.
enum Backend: String {
  case spoor, unsampled, nothing, floor
  case floorUnsampled = "floor-unsampled"

  /// The least tracer, where it is the one.
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
    configuration.endpoints = ["http://127.0.0.1:\(sink.port)/api/v2/spans"]
    configuration.journalDirectory = "off"
    // Nothing is sent before the pause: what another processor does meanwhile, on the same memory, is no part of the figure.
    configuration.batchBytes = 50_000_000
    configuration.batchAge = .seconds(3600)
    if self == .unsampled { configuration.sampler = NeverSampler() }
    return try SpoorSystem.bootstrap(service: "cost", configuration: configuration)
  }
}
