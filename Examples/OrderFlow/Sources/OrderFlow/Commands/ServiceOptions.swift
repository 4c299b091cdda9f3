// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The options of every process of the order flow.
struct ServiceOptions: ParsableArguments {
  @Option(help: "The address to listen on. In a container 0.0.0.0; everyone who can reach it can place orders.")
  var listen = "127.0.0.1"

  @Option(help: "The port; 0 for a free one.")
  var port = 0

  @Option(help: "The directory of the run, for databases and the file with the port.")
  var directory = "."

  @Option(help: "Why the process is started, for the record service_started.")
  var startReason = "start"

  @Flag(help: ArgumentHelp("End when standard input ends.", visibility: .hidden))
  var withParent = false

  /// The run directory.
  var run: RunDirectory { RunDirectory(path: directory) }
}
