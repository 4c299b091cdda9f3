// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `order-flow load`.
struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Send orders at a given rate, and report how many were accepted and how fast.",
    discussion: """
      An order is lost if it is not answered with 201 within ten seconds. One order in 40 has a coupon whose query fails;
      it must still be accepted. The exit status is 1 if the fixed pool accepts less than 99.98 %.
      Measure with a release build: swift run -c release order-flow load
      """)

  @Option(help: "Orders with the repaired pool.") var orders = 50_000
  @Option(help: "Orders with the incident's pool before that; 0 for none.") var before = 2_000
  @Option(help: "Orders per second. Orders that exceed the processors' capacity queue up and are lost.") var rate =
    150.0
  @Option(help: "The tracing configuration: kept, all or off.") var tracing = LoadSettings.Tracing.kept
  @Option(help: ArgumentHelp("Write the result as JSON.", valueName: "file")) var json: String?
  @OptionGroup var stage: StageOptions

  func validate() throws {
    guard (100...10_000_000).contains(orders) else { throw ValidationError("--orders must be 100 to 10000000") }
    guard (0...10_000_000).contains(before) else { throw ValidationError("--before must be 0 to 10000000") }
    guard rate > 0, rate <= 100_000 else { throw ValidationError("--rate must be above 0 and at most 100000") }
  }

  func run() async throws {
    var reports: [LoadReport] = []
    if before > 0 { reports.append(try await carryOut(.incident, orders: before)) }
    let fixed = try await carryOut(.fixed, orders: orders)
    reports.append(fixed)
    var table = LoadReport.table
    for report in reports { report.add(to: &table) }
    print((["", "seed \(stage.seed), \(Build.name) build"] + table.lines).joined(separator: "\n"))
    print("\nprocessor time of all services together: ", terminator: "")
    print("\(fixed.processorMillisecondsPerOrder.rounded(toPlaces: 2)) ms per order, spans: \(tracing.rawValue)")
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(reports).write(to: URL(filePath: json))
    }
    if fixed.all.success < 0.9998 { throw ExitCode.failure }
  }

  private func carryOut(_ pool: DrillSettings.Pool, orders: Int) async throws -> LoadReport {
    var options = stage
    options.directory = stage.directory.map { "\($0)/\(pool.rawValue)" }
    let settings = LoadSettings(orders: orders, rate: rate, pool: pool, tracing: tracing)
    let place = options
    return try await untilInterrupted {
      try await Stage.with(place, services: [], forwardsLogs: false) { stage in
        print(
          "\(orders) orders, \(rate.rounded(toPlaces: 0)) per second, \(pool.rawValue) pool; \(stage.directory.path)")
        var load = LoadTest(stage: stage, settings: settings)
        load.progress = { done, lost in
          ProgressLine.show("  \(done) of \(orders), \(lost) lost")
        }
        defer { ProgressLine.end() }
        return try await load.carryOut()
      }
    }
  }
}
