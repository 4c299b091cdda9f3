// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging

/// `order-flow run CASE`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Play one case, or all of them, and check the results.",
    discussion: "Cases:\n" + Cases.all.map { "  \($0.summaryLine)" }.joined(separator: "\n")
      + "\n\nThe exit status is 0 if all checks hold, and 1 otherwise.")

  @Argument(help: "The name of the case.", completion: .list(Cases.all.map { $0.name }))
  var name: String?

  @Flag(help: "Play all cases, one after the other, and end with the figures before and after each repair.")
  var all = false

  @Flag(help: "Keep everything running after the case, so that its trace can be viewed in the collector's page.")
  var stay = false

  @OptionGroup var stage: StageOptions

  func validate() throws {
    guard all == (name == nil) else { throw ValidationError("give the name of a case, or --all") }
    guard !(all && stay) else { throw ValidationError("--stay requires a single case") }
    if let name, Cases.named(name) == nil {
      throw ValidationError(
        "CASE must be one of the cases, but is \(name); the cases are: \(Cases.all.map { $0.name }.joined(separator: ", "))"
      )
    }
  }

  func run() async throws {
    // A case runs code of the services in this process, whose log is not a part of its output.
    LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
    let holds = try await untilInterrupted {
      guard let kind = name.flatMap(Cases.named) else { return try await CaseRuns(options: stage).play() }
      print("seed \(stage.seed)\n")
      return try await CaseRuns.play(kind, stage, stays: stay).holds
    }
    if !holds { throw ExitCode.failure }
  }
}
