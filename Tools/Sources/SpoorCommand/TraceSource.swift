// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorSources

/// The source of traces: files if some are named, otherwise a collector.
struct TraceSource: ParsableArguments {
  @Option(help: "The collector to use if no files are named.")
  var collector = "http://127.0.0.1:9411"

  var client: CollectorClient { CollectorClient(base: collector) }

  /// Opens the files or the collector.
  func opened(_ files: [String]) -> OpenTraces {
    OpenTraces(client: client, files: files.isEmpty ? nil : TraceFiles(files))
  }
}
