import ArgumentParser

/// What every process of the order flow is told.
struct ServiceOptions: ParsableArguments {
  @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
  var port = 0

  @Option(help: "The directory of the run: databases, and the file that names the port.")
  var directory = "."

  @Flag(help: ArgumentHelp("End when standard input does.", visibility: .hidden))
  var withParent = false

  /// The run directory.
  var run: RunDirectory { RunDirectory(path: directory) }
}
