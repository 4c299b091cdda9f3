import ArgumentParser

/// `order-flow run CASE`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Play one case on its own and check what it shows.",
    discussion: "Cases:\n" + Cases.all.map { "  \($0.summaryLine)" }.joined(separator: "\n")
      + "\n\nThe exit status is 0 when everything held, 1 when something did not.")

  @Argument(help: "The case.", completion: .list(Cases.all.map { $0.name }))
  var name: String

  @OptionGroup var stage: StageOptions

  func validate() throws {
    guard Cases.named(name) != nil else {
      throw ValidationError("there is no case \(name); there are: \(Cases.all.map { $0.name }.joined(separator: ", "))")
    }
  }

  func run() async throws {
    guard let kind = Cases.named(name) else { return }
    let holds = try await untilInterrupted {
      try await Stage.with(stage, services: kind.services) { stage in
        let report = try await kind.init().play(on: stage)
        print(report.rendered(kind.summaryLine))
        print(try await stage.directions(to: report.traceID))
        return report.holds
      }
    }
    if !holds { throw ExitCode.failure }
  }
}
