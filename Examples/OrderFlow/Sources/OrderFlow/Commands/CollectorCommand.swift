import ArgumentParser
import SpoorCollect

/// `order-flow collector`: the local collector, for runs on machines that have none.
struct CollectorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "collector", shouldDisplay: false)

  @Option var port = 9411
  @Option var directory: String

  func run() async throws {
    ParentWatch.start()
  }
}
