// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import Tracing

/// A small service with failures, for the tests of its logs and spans. It only needs `import Spoor`.
///
///     FailureProbe SCENARIO [MODE PLACE]
///
/// `PROBE_OPTION=NAME=VALUE` sets an option in code: see ``ProbeOption``.
@main
struct FailureProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2 else { exit(2) }
    var configuration = SpoorConfiguration()
    configuration.logging.format = .json
    configuration.journal.bytes = 1 << 20
    configuration.export.batchAge = .milliseconds(5)
    configuration.logging.patience = .seconds(30)
    ProbeOption.apply(to: &configuration)
    let spoor = try SpoorSystem.bootstrap(service: "failing", configuration: configuration, install: [.tracing])
    let log = spoor.logger(label: "probe")
    if arguments[1] == "crash" {
      try await Crashes.crash(arguments[2], in: arguments[3], log)
    } else if let scenario = Scenarios.all[arguments[1]] {
      try await scenario(log)
    } else if arguments[1] != "ship" {
      exit(2)
    }
    let report = await spoor.shutdown(timeout: .seconds(30))
    exit(report.undeliveredSpans == 0 && report.wroteAllLines ? 0 : 1)
  }
}

struct HTTPTimeout: Error, CustomStringConvertible {
  var description: String { "read timed out" }
}

struct PaymentTimeout: Error, CustomStringConvertible {
  let cause: any Error
  var description: String { "no answer in 300 ms" }
}

enum Payments {
  @inline(never) static func read() async throws {
    await Task.yield()
    throw HTTPTimeout()
  }

  @inline(never) static func charge() async throws {
    do { try await read() } catch { throw PaymentTimeout(cause: error) }
  }

  @inline(never) static func refund() throws(PaymentTimeout) { throw PaymentTimeout(cause: HTTPTimeout()) }
}
