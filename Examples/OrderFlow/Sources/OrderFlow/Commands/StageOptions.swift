import ArgumentParser

/// What the commands that start processes are told.
struct StageOptions: ParsableArguments {
  @Option(help: "The collector's port. One that listens is used, else one is started; 0 starts one on a free port.")
  var collectorPort = 9411

  @Option(help: "The directory for logs and databases; by default a new one below that for temporary files.")
  var directory: String?

  @Option(help: "What random choices begin with: the same seed, the same choices.")
  var seed: UInt64 = 7890
}
