// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorInspect
import SpoorTerminal

/// The command `spoor`.
@main
struct SpoorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spoor", abstract: "Collects, shows and searches traces, logs and journals of services.",
    discussion: """
      Completion: `spoor --generate-completion-script bash` (or zsh, fish).
      """,
    version: Release.version,
    groupedSubcommands: [
      CommandGroup(
        name: "Find a cause, errors first",
        subcommands: [
          ErrorsCommand.self, TraceCommand.self, GrepCommand.self, DiffCommand.self, QueryCommand.self,
        ]),
      CommandGroup(
        name: "What processes leave on the disk", subcommands: [JournalCommand.self, SymbolicateCommand.self]),
      CommandGroup(
        name: "Services", subcommands: [CollectCommand.self, AgentCommand.self, MCPCommand.self]),
    ])

  /// Every command uses grep's exit codes: 2 for wrong arguments, not ArgumentParser's 64.
  static func main() async {
    // If the pipe has no reader, a write fails with an error instead of ending the process.
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
      // The message quotes the arguments, which may be file names chosen by others.
      let lines = fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
      let text = lines.map { PlainText.of(String($0)) }.joined(separator: "\n")
      try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
      Foundation.exit(2)
    }
  }
}
