// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import Tracing

/// A process with two open spans, for tests of what is in flight. It prints the id of their trace and waits until its
/// standard input ends.
@main
struct OpenSpans {
  static func main() async throws {
    let spoor = try SpoorSystem.bootstrap(
      service: "payments", configuration: SpoorConfiguration(), install: [.tracing])
    let log = spoor.logger(label: "payments")
    withSpan("post /charges", ofKind: .server) { outer in
      outer.attributes["order.id"] = "ORD7890"
      withSpan("authorise") { _ in
        log.info("waiting_for_bank", metadata: ["order_id": "ORD7890"])
        try? FileHandle.standardOutput.write(contentsOf: Data("ready\n".utf8))
        while readLine() != nil {}
      }
    }
  }
}
