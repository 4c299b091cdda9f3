import ArgumentParser
import Foundation

/// The command `spoor`.
@main
struct SpoorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spoor", abstract: "Collects, shows and searches what services leave behind.",
    discussion: """
      Completion: `spoor --generate-completion-script bash` (or zsh, fish).
      """,
    subcommands: [
      CollectCommand.self, TraceCommand.self, DiffCommand.self, GrepCommand.self, JournalCommand.self,
      SymbolicateCommand.self,
    ])

  /// Exit codes are grep's for every command: what was asked wrongly is 2, not the 64 of ArgumentParser.
  static func main() async {
    // A reader that has gone is an error to handle, not to die of.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      try? FileHandle.standardError.write(contentsOf: Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(2)
    }
  }
}
