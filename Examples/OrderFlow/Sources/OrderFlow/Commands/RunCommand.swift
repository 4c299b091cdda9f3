import ArgumentParser
import Logging

/// `order-flow run CASE`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Play one case on its own, or all of them, and check what they show.",
    discussion: "Cases:\n" + Cases.all.map { "  \($0.summaryLine)" }.joined(separator: "\n")
      + "\n\nThe exit status is 0 when everything held, 1 when something did not.")

  @Argument(help: "The case.", completion: .list(Cases.all.map { $0.name }))
  var name: String?

  @Flag(help: "Play all cases, one after the other, and end with the figures before and after.")
  var all = false

  @Flag(help: "Stay up when the case is over, so that its trace can be looked at in the collector's page.")
  var stay = false

  @OptionGroup var stage: StageOptions

  func validate() throws {
    guard all == (name == nil) else { throw ValidationError("name a case, or say --all") }
    guard !(all && stay) else { throw ValidationError("--stay is for one case") }
    if let name, Cases.named(name) == nil {
      throw ValidationError("there is no case \(name); there are: \(Cases.all.map { $0.name }.joined(separator: ", "))")
    }
  }

  func run() async throws {
    // What a case plays in this process logs too: only the services' own logs are a part of what is shown.
    LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
    let holds = try await untilInterrupted {
      guard let kind = name.flatMap(Cases.named) else { return try await CaseRuns(options: stage).play() }
      print("seed \(stage.seed)\n")
      return try await CaseRuns.play(kind, stage, stays: stay).holds
    }
    if !holds { throw ExitCode.failure }
  }
}
