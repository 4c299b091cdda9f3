import Foundation
import Logging
import Spoor
import Tracing

/// A process that ends as it is told, for the tests of what it leaves behind.
///
///     EndingProbe MODE [COUNT]
///
/// | mode | |
/// |---|---|
/// | `exit` | COUNT lines, then `exit(0)` |
/// | `return` | COUNT lines, then the return from `main` |
/// | `trap` | COUNT lines, then `fatalError` |
/// | `kill` | COUNT lines, then SIGKILL |
/// | `crash` | a span that has ended and one that has not, then SIGKILL |
/// | `failure` | a recovered failure, then SIGKILL |
/// | `ship` | what others left, then a shutdown |
/// | `lines` | COUNT lines, one in 2 ms, then nothing, until it is killed |
/// | `replay` | what others left, until it is killed |
/// | `fork` | a span `warm-up`; another one, a child that writes to it and ends it, then its end, and a shutdown |
/// | `long` | COUNT lines, every seventh of 6 000 bytes, then a shutdown |
@main
struct EndingProbe {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2 else {
      FileHandle.standardError.write(Data("usage: EndingProbe MODE [COUNT]\n".utf8))
      exit(2)
    }
    var configuration = SpoorConfiguration()
    configuration.logFormat = .json
    configuration.batchAge = .milliseconds(5)
    if ProcessInfo.processInfo.environment["SPOOR_JOURNAL_BYTES"] == nil { configuration.journalBytes = 1 << 20 }
    // A full ring is waited for: these tests are about endings, not about what a ring can hold.
    configuration.logPatience = .seconds(30)
    let spoor = try SpoorSystem.bootstrap(service: "ending", configuration: configuration, install: [.tracing])
    let log = spoor.logger(label: "probe")
    let count = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 0
    func writeLines() {
      for number in 0..<count { log.info("line", metadata: ["number": .stringConvertible(number)]) }
    }
    switch arguments[1] {
    case "exit":
      writeLines()
      exit(0)
    case "return": writeLines()
    case "trap":
      writeLines()
      fatalError("as told")
    case "kill":
      writeLines()
      kill(getpid(), SIGKILL)
    case "crash":
      withSpan("ended") { _ in }
      let open = startSpan("open")
      open.attributes["order.id"] = "ORD7890"
      open.attributes["http.request.header.authorization"] = "Bearer 5ecre7-of-a-span"
      log.info("calling", metadata: ["password": "5ecre7-of-a-line"])
      kill(getpid(), SIGKILL)
    case "failure":
      withSpan("place order") { _ in
        do { try charge() } catch { log.warning("payment_timeout", error: error) }
        kill(getpid(), SIGKILL)
      }
    case "ship":
      let report = await spoor.shutdown(timeout: .seconds(30))
      exit(report.undeliveredSpans == 0 ? 0 : 1)
    case "lines":
      for number in 0..<count {
        log.info("line", metadata: ["number": .stringConvertible(number)])
        try await Task.sleep(for: .milliseconds(2))
      }
      try await Task.sleep(for: .seconds(60))
    case "replay": try await Task.sleep(for: .seconds(60))
    case "fork":
      // The Swift runtime makes tables of types at their first use, behind locks that a child of `fork` finds as they were:
      // what the child does has been done before, and the other threads have nothing left to do.
      withSpan("warm-up") { $0.attributes["before"] = "fork" }
      log.info("warm-up", metadata: ["number": .stringConvertible(0)])
      try await Task.sleep(for: .milliseconds(500))
      forkInMidSpan(log)
      await spoor.shutdown(timeout: .seconds(30))
    case "long":
      for number in 0..<count {
        var metadata: Logger.Metadata = ["number": .stringConvertible(number), "pid": .stringConvertible(getpid())]
        if number % 7 == 0 { metadata["text"] = .string(String(repeating: "x", count: 6000)) }
        log.info("line", metadata: metadata)
      }
      await spoor.shutdown(timeout: .seconds(30))
    default: exit(2)
    }
  }

  struct Failed: Error {}

  @inline(never)
  private static func charge() throws { throw Failed() }

  /// The child is a copy in which only this thread exists: what it does must neither reach the parent's journal nor hang.
  private static func forkInMidSpan(_ log: Logger) {
    let span = startSpan("parent's")
    span.attributes["before"] = "fork"
    let child = fork()
    if child == 0 {
      span.attributes["child"] = "was here"
      let own = startSpan("child's")
      own.end()
      span.end()
      log.info("line", metadata: ["number": .stringConvertible(1)])
      _exit(0)
    }
    var status: Int32 = 0
    unsafe waitpid(child, &status, 0)
    span.attributes["child.status"] = Int(status)
    span.end()
    log.info("line", metadata: ["number": .stringConvertible(0)])
  }
}

#if canImport(Glibc)
  /// Swift hides `fork`, with reason: only what follows it in `forkInMidSpan` is known to be safe.
  @_silgen_name("fork") private func fork() -> Int32
#endif
