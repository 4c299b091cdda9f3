// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorInspect

/// An agent for the tests to kill, with all settings but these from the environment. It ends at SIGTERM.
///
///     AgentProbe DIRECTORY…
///
/// `PROBE_GRACE` is the grace period in milliseconds, 0 by default. The directories are searched every 50 ms.
@main
struct AgentProbe {
  /// Set by SIGTERM.
  nonisolated(unsafe) private static var isStopping: sig_atomic_t = 0

  static func main() async throws {
    var settings = JournalAgent.Settings(directories: CommandLine.arguments.dropFirst().filter { $0.hasPrefix("/") })
    let grace = ProcessInfo.processInfo.environment["PROBE_GRACE"].flatMap { Int($0) } ?? 0
    settings.grace = .milliseconds(grace)
    settings.interval = .milliseconds(50)
    _ = signal(SIGTERM) { _ in unsafe AgentProbe.isStopping = 1 }
    let agent = try JournalAgent(settings)
    while unsafe isStopping == 0 { try await Task.sleep(for: .milliseconds(20)) }
    await agent.shutdown(timeout: .seconds(10))
  }
}
