// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// Threads that sleep until there is something for them. `OptionEffectTests` count how often they wake.
@Suite struct RestTests {
  /// A wake-up that got lost would leave a span where it is for ever.
  @Test(arguments: [1, 2])
  func eachSpanWakesAShipperThatRestsOrIsAboutTo(exporters: Int) async throws {
    let bench = try SystemBench()
    let system = try bench.system { configuration in
      configuration.idleInterval = .zero
      configuration.export.batchAge = .milliseconds(1)
      configuration.export.exporters = exporters == 1 ? [.zipkin] : [.zipkin, .otlp]
      configuration.export.otlp.endpoint = "http://127.0.0.1:\(bench.server.port)"
    }
    func sent(_ path: String) -> Int { bench.server.requests.count { $0.head.contains(" \(path) ") } }
    for number in 0..<100 {
      system.tracer.withSpan("span \(number)") { _ in system.logger(label: "x").info("line") }
      try await eventually("span \(number) is sent") {
        sent("/api/v2/spans") > number && (exporters == 1 || sent("/v1/traces") > number)
      }
      // The shipper looks again after 10 ms, then rests.
      try await Task.sleep(for: .microseconds(.random(in: 0...25_000)))
    }
    await system.shutdown()
  }
}
