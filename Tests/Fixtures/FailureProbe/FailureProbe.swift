import Foundation
import Logging
import Spoor
import Tracing

/// A small service in which something goes wrong, for the tests of what is left of it. `import Spoor` is all it needs.
///
///     FailureProbe SCENARIO [MODE PLACE]
@main
struct FailureProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2 else { exit(2) }
    var configuration = SpoorConfiguration()
    configuration.logFormat = .json
    configuration.journalBytes = 1 << 20
    configuration.batchAge = .milliseconds(5)
    configuration.logPatience = .seconds(30)
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
