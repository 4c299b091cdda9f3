// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `order-flow drill`.
struct DrillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill",
    abstract: "The release gate: cause five faults while orders come in, and compute a stability score.",
    discussion: """
      \(DrillScore.formula).
      The exit status is 0 when the score reaches the threshold, else 1.
      """)

  @Option(help: "order-service's pool: fixed or incident.") var pool = DrillSettings.Pool.fixed
  @Option(help: "The score that is required, 0 to 100.") var threshold = 95.0
  @Option(help: "Orders for the baseline and for each fault.") var orders = 100
  @Option(help: "Orders per second.") var rate = 20.0
  @Option(help: ArgumentHelp("Write the result as JSON; - for standard output.", valueName: "file")) var json: String?
  @Option(help: ArgumentHelp("Write the result as JUnit XML.", valueName: "file")) var junit: String?
  @OptionGroup var stage: StageOptions

  func validate() throws {
    guard (0...100).contains(threshold) else { throw ValidationError("--threshold must be 0 to 100") }
    guard (20...100_000).contains(orders) else { throw ValidationError("--orders must be 20 to 100000") }
    guard rate > 0, rate <= 10_000 else { throw ValidationError("--rate must be above 0 and at most 10000") }
  }

  func run() async throws {
    let settings = DrillSettings(pool: pool, rate: rate, orders: orders, threshold: threshold)
    let isQuiet = json == "-"
    let result = try await untilInterrupted {
      try await Stage.with(stage, services: []) { stage in
        if !isQuiet { print("seed \(stage.seed), logs in \(stage.directory.path)") }
        return try await CollectorFront.with(stage) { front in
          var drill = Drill(stage: stage, front: front, settings: settings)
          if !isQuiet { drill.progress = { print("  \($0)") } }
          return try await drill.carryOut()
        }
      }
    }
    if let junit { try Data(result.junit.utf8).write(to: URL(filePath: junit)) }
    switch json {
    case "-": print(String(decoding: try result.json(), as: UTF8.self), terminator: "")
    case let file?: try result.json().write(to: URL(filePath: file))
    case nil: break
    }
    if !isQuiet { print(([""] + result.table.lines + ["", result.verdict]).joined(separator: "\n")) }
    if !result.passes { throw ExitCode.failure }
  }
}
