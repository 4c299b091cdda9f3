import ArgumentParser

/// The command `spoor`.
@main
struct SpoorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spoor", abstract: "Collects, shows and searches what services leave behind.",
    subcommands: [CollectCommand.self, JournalCommand.self])
}
