// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A load on one variant of order-service, with the state of the pool during it.
struct PoolPhase: Sendable {
  let name: String
  let result: LoadResult
  let counters: PoolCounters
  /// The resident memory of order-service at the end, in KiB.
  let memoryKiB: Int
  /// The pool every 100 ms during the load: seconds since the start, connections in use, callers that wait.
  let samples: [(seconds: Double, inUse: Int, waiting: Int)]

  /// Restarts order-service with `arguments` and sends `load` to the gateway.
  static func play(
    _ name: String, arguments: [String], on stage: Stage, load: Load, order: @escaping @Sendable (Int) -> OrderRequest
  ) async throws -> PoolPhase {
    await stage.stop(.order)
    try await stage.start([.order], arguments: arguments)
    let client = try await stage.orderClient()
    let began = ContinuousClock.now
    let sampling = Task { () -> [(seconds: Double, inUse: Int, waiting: Int)] in
      var samples: [(seconds: Double, inUse: Int, waiting: Int)] = []
      while !Task.isCancelled {
        if let counters = try? await stage.poolCounters() {
          samples.append((began.duration(to: .now).milliseconds / 1000, counters.inUse, counters.waiting))
        }
        try? await Task.sleep(for: .milliseconds(100))
      }
      return samples
    }
    defer { sampling.cancel() }
    let result = try await load.run { try await client.outcome(of: order($0)) }
    sampling.cancel()
    return PoolPhase(
      name: name, result: result, counters: try await stage.poolCounters(),
      memoryKiB: try await stage.memoryKiB(of: .order), samples: await sampling.value)
  }

  /// How long each order took, by the time of its answer, for a chart.
  var latencies: [(x: Double, y: Double)] {
    guard let first = result.outcomes.map({ $0.ended - $0.took }).min() else { return [] }
    return result.outcomes.map { (first.duration(to: $0.ended).milliseconds / 1000, $0.took.milliseconds) }
  }

  /// An empty table with the headings of ``row``.
  static var table: Table {
    Table(
      "order-service", "orders", "success", "p50", "p99", "most in use", "most waiting", "destroyed", "memory")
  }

  var row: [String] {
    [
      name, "\(result.outcomes.count)", result.successText, result.percentile(0.5).inMilliseconds,
      result.percentile(0.99).inMilliseconds, "\(counters.mostInUse) of \(PoolSettings().maximumConnections)",
      "\(counters.mostWaiting)", "\(counters.destroyed)", "\(memoryKiB / 1024) MiB",
    ]
  }
}

extension Stage {
  /// Reads the counters of order-service's pool.
  func poolCounters() async throws -> PoolCounters {
    let request = HTTPClientRequest(url: try address(of: .order) + "/pool")
    let response = try await http.execute(request, timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 1 << 16)
    return try JSONDecoder().decode(PoolCounters.self, from: Data(body.readableBytesView))
  }

  /// The resident memory of a service in KiB, or 0 if the system does not report it.
  func memoryKiB(of role: ServiceRole) throws -> Int {
    let path = "/proc/\(try process(of: role).identifier)/status"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
    else { return 0 }
    return line.split { $0 == " " || $0 == "\t" }.compactMap { Int($0) }.first ?? 0
  }
}
