import Foundation
import Logging
import Spoor
import Tracing

/// A process for the tests to kill: records spans and lines at full rate, and keeps a list of what it did in a file of its
/// own, each entry written before what it announces (`S`) or after what it reports (`E`, `L`).
///
///     JournalProbe LIST RUN        records until it is killed
///     JournalProbe LIST -          records nothing: ships what others left, then shuts down
@main
struct JournalProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      FileHandle.standardError.write(Data("usage: JournalProbe LIST RUN\n".utf8))
      exit(2)
    }
    var configuration = SpoorConfiguration()
    configuration.logFormat = .json
    configuration.batchAge = .milliseconds(5)
    // More than one life of it can fill: what a full journal drops is another test's.
    configuration.journalBytes = 32 << 20
    let spoor = try SpoorSystem.bootstrap(service: "probe", configuration: configuration, install: [.tracing])
    let list = unsafe open(arguments[1], O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if arguments[2] == "-" {
      let report = await spoor.shutdown(timeout: .seconds(20))
      exit(report.undeliveredSpans == 0 ? 0 : 1)
    }
    let log = spoor.logger(label: "probe")
    func note(_ kind: String, _ name: String) {
      // The former process may have been killed in the middle of a write: an entry begins on a line of its own, and is
      // whole only with its full stop.
      let line = "\n\(kind) \(name) .\n"
      unsafe line.withCString { _ = unsafe write(list, $0, strlen($0)) }
    }
    var number = 0
    while true {
      number += 1
      let outer = "\(arguments[2])-\(number)-outer"
      let inner = "\(arguments[2])-\(number)-inner"
      note("S", outer)
      withSpan(outer) { span in
        span.attributes["number"] = number
        note("S", inner)
        withSpan(inner) { span in
          for step in 0..<3 { span.attributes["step"] = step }
        }
        note("E", inner)
        log.info("line", metadata: ["name": "\(inner)"])
        note("L", inner)
      }
      note("E", outer)
    }
  }
}
