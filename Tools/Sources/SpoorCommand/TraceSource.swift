// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorSources

/// The source of traces: files if some are named, otherwise a collector.
struct TraceSource: ParsableArguments {
  @Option(help: "The collector to use if no files are named.")
  var collector = "http://127.0.0.1:9411"

  @OptionGroup var access: CollectorAccess

  var client: CollectorClient { CollectorClient(base: collector, token: access.token) }

  /// Opens the files or the collector.
  func opened(_ files: [String]) -> OpenTraces {
    OpenTraces(client: client, files: files.isEmpty ? nil : TraceFiles(files))
  }
}

/// The token of the collector.
struct CollectorAccess: ParsableArguments {
  @Option(
    name: .customLong("token"),
    help: """
      The token of a collector that asks for one; sent over https or to this machine only. The environment variable \
      SPOOR_COLLECT_TOKEN does the same and is not in the list of processes.
      """)
  var given: String?

  var token: String? {
    let value = given ?? ProcessInfo.processInfo.environment["SPOOR_COLLECT_TOKEN"]
    return value == "" ? nil : value
  }

  func validate() throws {
    // Anything else in a header would be another header.
    guard let token, !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return }
    throw ValidationError("a collector's token must have printable ASCII characters only")
  }
}
