// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The options of commands that start processes.
struct StageOptions: ParsableArguments {
  @Option(
    help: "The collector's port. A running collector is used, otherwise one is started; 0 starts one on a free port.")
  var collectorPort = 9411

  @Flag(
    help: "Send spans and log records as OTLP over HTTP; otherwise spans in Zipkin's format, and logs from the files.")
  var otlp = false

  @Option(help: "The directory for logs and databases; the default is a new one in the temporary directory.")
  var directory: String?

  @Option(help: "The seed of random choices: the same seed gives the same choices.")
  var seed: UInt64 = 7890
}
