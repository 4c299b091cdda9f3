// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `order-flow demo`.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Start everything, send a few orders, and show the trace of two.",
    discussion: "On a terminal it runs until Ctrl-C; with --exit or without a terminal it ends by itself.")

  @OptionGroup var stage: StageOptions

  @Flag(help: "End when the demo is over.")
  var exit = false

  func run() async throws {
    let stays = !exit && isatty(STDOUT_FILENO) == 1
    do {
      try await untilInterrupted {
        try await Stage.with(stage) { stage in
          try await Demo(stage: stage).show()
          if stays {
            print("\nEverything keeps running; Ctrl-C ends it.")
            try await Task.sleep(for: .seconds(1_000_000))
          }
        }
      }
    } catch let code as ExitCode where stays && code.rawValue == 130 {
      // Ctrl-C is the documented way to end, so it is no failure.
      print("")
    }
  }
}
