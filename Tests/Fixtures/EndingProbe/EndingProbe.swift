// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import Tracing

/// A process that ends in the requested way, for tests of its journal and output.
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
/// | `ship` | ships journals of dead processes, then a shutdown |
/// | `lines` | COUNT lines, one in 2 ms, then nothing, until it is killed |
/// | `replay` | ships journals of dead processes, until it is killed |
/// | `fork` | a span `warm-up`; another one, a child that writes to it and ends it, then its end, and a shutdown |
/// | `fill` | COUNT lines of 8 000 bytes, then a shutdown of two seconds, a report and `exit(0)` |
/// | `spaced` | COUNT lines, each with time to be written, then a shutdown of two seconds and `exit(0)` |
/// | `errors` | COUNT lines of level error and 8 000 bytes, a report of the slowest, then SIGKILL |
/// | `spans` | COUNT spans, then a shutdown of two seconds, a report and `exit(0)` |
/// | `late` | COUNT spans, a shutdown, COUNT more and an open one, then `exit(0)` |
/// | `open` | a span that stays open, a shutdown, a report and `exit(0)` |
/// | `descriptors` | COUNT lines and spans, a report of the open descriptors, then SIGKILL |
/// | `survive` | a SIGSEGV that a handler of the program survives, a span, then SIGKILL |
/// | `bus` | `kill -BUS` to itself |
/// | `job` | COUNT spans and lines, then `exit(0)`. Only the exit has the spans sent |
/// | `function` | for each line of standard input a span, a line, and a flush; then an answer on standard error |
/// | `child` | a span below the trace of the environment, and the environment for a child in the report; a shutdown |
/// | `idle` | a span and a line, a report of how often Spoor wakes in four seconds, a span and a line |
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
    configuration.logging.format = .json
    // A job and a function are about what sends spans before the age of their batch does.
    configuration.export.batchAge = ["job", "function"].contains(arguments[1]) ? .seconds(60) : .milliseconds(5)
    if let milliseconds = ProcessInfo.processInfo.environment["PROBE_EXIT_TIMEOUT"].flatMap({ Int($0) }) {
      configuration.exitTimeout = .milliseconds(milliseconds)
    }
    if let milliseconds = ProcessInfo.processInfo.environment["PROBE_IDLE_INTERVAL"].flatMap({ Int($0) }) {
      configuration.idleInterval = .milliseconds(milliseconds)
    }
    if ProcessInfo.processInfo.environment["SPOOR_JOURNAL_BYTES"] == nil { configuration.journal.bytes = 1 << 20 }
    // A full ring is waited for, because these tests are about endings and not about the capacity of the ring.
    let patience = ProcessInfo.processInfo.environment["PROBE_PATIENCE"].flatMap { Int($0) } ?? 30_000
    configuration.logging.patience = .milliseconds(patience)
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
      fatalError("as requested")
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
    case "fill":
      for number in 0..<count { log.info("line", metadata: Self.large(number)) }
      try await Self.shutDown(spoor)
      exit(0)
    case "spaced":
      for number in 0..<count {
        log.info("line", metadata: ["number": .stringConvertible(number)])
        try await Task.sleep(for: .milliseconds(100))
      }
      try await Self.shutDown(spoor)
      exit(0)
    case "errors":
      let clock = ContinuousClock()
      let slowest = (0..<count).map { number in clock.measure { log.error("line", metadata: Self.large(number)) } }
        .max()
      ProbeReport.write(["slowest_ms": Self.milliseconds(slowest ?? .zero)])
      kill(getpid(), SIGKILL)
    case "spans":
      for number in 0..<count { withSpan("span \(number)") { _ in } }
      try await Self.shutDown(spoor)
      exit(0)
    case "job":
      for number in 0..<count {
        withSpan("span \(number)") { _ in log.info("line", metadata: ["number": .stringConvertible(number)]) }
      }
      exit(0)
    case "function":
      while let request = readLine() {
        let began = ContinuousClock.now
        withSpan("request \(request)") { _ in log.info("handled", metadata: ["request": .string(request)]) }
        let report = await spoor.flush(timeout: .seconds(10))
        let answer = "\(request) \(report.isComplete) \(Self.milliseconds(.now - began))\n"
        FileHandle.standardError.write(Data(answer.utf8))
      }
    case "child":
      let environment = ProcessInfo.processInfo.environment
      withSpan("child", context: spoor.tracer.extract(environment: environment)) { _ in
        ProbeReport.write(spoor.tracer.environment(extending: environment))
      }
      await spoor.shutdown(timeout: .seconds(30))
    case "idle":
      withSpan("first") { _ in log.info("first") }
      _ = await spoor.flush(timeout: .seconds(30))
      // On a busy machine it takes a while until every thread has found that there is nothing to do.
      var before = 0
      for _ in 0..<20 where Self.wakeUps - before > 1 {
        before = Self.wakeUps
        try await Task.sleep(for: .seconds(1))
      }
      before = Self.wakeUps
      let began = ContinuousClock.now
      try await Task.sleep(for: .seconds(4))
      ProbeReport.write(["wake_ups": Self.wakeUps - before, "ms": Self.milliseconds(.now - began)])
      withSpan("second") { _ in log.info("second") }
      try await Task.sleep(for: .seconds(300))
    case "late":
      for number in 0..<count { withSpan("span \(number)") { _ in } }
      try await Self.shutDown(spoor)
      for number in count..<2 * count { withSpan("span \(number)") { _ in } }
      _ = startSpan("still open")
      exit(0)
    case "open":
      let open = startSpan("open")
      try await Self.shutDown(spoor)
      withExtendedLifetime(open) {}
      exit(0)
    case "descriptors":
      writeLines()
      for number in 0..<count { withSpan("span \(number)") { _ in } }
      let files = (0..<64).compactMap { number -> (String, String)? in
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")).map {
          ("\(number)", $0)
        }
      }
      ProbeReport.write(Dictionary(uniqueKeysWithValues: files))
      kill(getpid(), SIGKILL)
    case "survive":
      Survival.surviveSegmentationFault()
      // A sign of life that is clearly later than the signal.
      try await Task.sleep(for: .milliseconds(300))
      withSpan("after the signal") { _ in }
      kill(getpid(), SIGKILL)
    case "bus":
      withSpan("before the signal") { _ in }
      kill(getpid(), SIGBUS)
      try await Task.sleep(for: .seconds(600))
    case "ship":
      let report = await spoor.shutdown(timeout: .seconds(30))
      exit(report.undeliveredSpans == 0 ? 0 : 1)
    case "lines":
      for number in 0..<count {
        log.info("line", metadata: ["number": .stringConvertible(number)])
        try await Task.sleep(for: .milliseconds(2))
      }
      try await Task.sleep(for: .seconds(600))
    case "replay": try await Task.sleep(for: .seconds(600))
    case "fork":
      // Swift's runtime builds type tables at their first use, behind locks that a forked child inherits in their
      // current state. The parent therefore does the child's work once before, and its other threads are idle.
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

  private static func large(_ number: Int) -> Logger.Metadata {
    ["number": .stringConvertible(number), "text": .array([.string(filler), .string(filler)])]
  }

  private static let filler = String(repeating: "x", count: 4000)

  /// How often Spoor's threads have gone to sleep.
  private static var wakeUps: Int {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return tasks.reduce(0) { sum, task in
      func read(_ name: String) -> String {
        (try? String(contentsOfFile: "/proc/self/task/\(task)/\(name)", encoding: .utf8)) ?? ""
      }
      guard read("comm").hasPrefix("spoor-") else { return sum }
      let line = read("status").split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
      return sum + (line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
    }
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
  }

  /// Shuts down within two seconds and reports the result.
  private static func shutDown(_ spoor: SpoorSystem) async throws {
    let began = ContinuousClock.now
    let report = await spoor.shutdown(timeout: .seconds(2))
    let spans = report.spans
    ProbeReport.write([
      "milliseconds": milliseconds(.now - began), "wroteAllLines": report.wroteAllLines,
      "keepsUndelivered": report.keepsUndelivered, "isBalanced": spans.isBalanced, "started": spans.started,
      "sent": spans.sent, "held": spans.held, "open": spans.open, "keptBack": spans.keptBack,
      "sampledOut": spans.sampledOut, "adopted": spans.adopted,
      "dropped": Dictionary(uniqueKeysWithValues: spans.dropped.map { ($0.rawValue, $1) }),
    ])
  }

  struct Failed: Error {}

  @inline(never)
  private static func charge() throws { throw Failed() }

  /// Only this thread exists in the child. Its work must neither reach the parent's journal nor hang.
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
  /// Swift hides `fork`, because most code is not safe after it; the code in `forkInMidSpan` is.
  @_silgen_name("fork") private func fork() -> Int32
#endif
