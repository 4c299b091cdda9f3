// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

/// Processes that end or freeze right after their work: batch jobs and functions.
@Suite struct ShortLivedTests {
  @Test func aJobThatExitsAfterItsLastSpanHasDeliveredIt() throws {
    let bench = try EndingBench()
    var times: [Duration] = []
    let rounds = 20
    // The time that it may take is for a loaded machine.
    let environment = ["SPOOR_EXIT_TIMEOUT": "30000"]
    for _ in 0..<rounds {
      times.append(try ContinuousClock().measure { try bench.run("job", count: 3, environment: environment) })
    }
    #expect(bench.spans.count == 3 * rounds && bench.files().names.isEmpty)
    #expect(try bench.numbers().count == 3 * rounds)
    // The whole process, with the time that the loader and the bootstrap of a debug build take.
    #expect(times.sorted()[rounds / 2] < .seconds(10), "\(times)")
  }

  @Test func whatAJobCannotDeliverIsDeliveredByTheNextOne() throws {
    let isDown = Locked(true)
    let bench = try EndingBench { _ in .answer(isDown.withLock { $0 } ? 503 : 202) }
    let time = try ContinuousClock().measure { try bench.run("job", count: 3) }
    #expect(time < .seconds(5), "the collector is tried once, because the spans are safe in the file")
    #expect(bench.files().names.count == 1)
    isDown.withLock { $0 = false }
    try bench.run("ship")
    #expect(Set(bench.spans.compactMap { $0["name"] as? String }) == ["span 0", "span 1", "span 2"])
    #expect(bench.files().names.isEmpty)
  }

  @Test func aJobInMemoryUsesItsTimeForTheCollector() throws {
    let bench = try EndingBench { request in .answer(request.connection < 1 ? 503 : 202, headers: ["Connection: close"])
    }
    try bench.run("job", count: 3, environment: ["SPOOR_JOURNAL_DIR": "off", "SPOOR_EXIT_TIMEOUT": "10000"])
    #expect(Set(bench.spans.compactMap { $0["id"] as? String }).count == 3)
  }

  /// A process that answers requests one by one, is stopped right after each answer, and continued for the next one.
  @Test func aProcessThatIsStoppedAfterItsAnswerLosesNothing() async throws {
    let bench = try EndingBench()
    let requests = Pipe()
    let answers = Pipe()
    let process = try bench.start(
      "function", input: requests.fileHandleForReading, errors: answers.fileHandleForWriting)
    defer { kill(process.processIdentifier, SIGKILL) }
    let rounds = 100
    var slowest = 0
    for number in 0..<rounds {
      kill(process.processIdentifier, SIGCONT)
      try requests.fileHandleForWriting.write(contentsOf: Data("\(number)\n".utf8))
      let answer = String(decoding: answers.fileHandleForReading.availableData, as: UTF8.self).split(separator: " ")
      kill(process.processIdentifier, SIGSTOP)
      #expect(answer.count == 3 && answer[0] == "\(number)" && answer[1] == "true")
      slowest = max(slowest, Int(answer.last?.dropLast() ?? "") ?? .max)
      #expect(bench.spans.count { $0["name"] as? String == "request \(number)" } == 1)
      #expect(try bench.records("handled").count == number + 1)
    }
    #expect(slowest < 5000)
    // Long enough for every timer of the process to be late.
    try await Task.sleep(for: .seconds(3))
    let before = bench.server.requests.count
    kill(process.processIdentifier, SIGCONT)
    try await Task.sleep(for: .seconds(2))
    #expect(bench.server.requests.count == before, "nothing was left to send, and nothing is sent again")
  }

  @Test func aProcessContinuesTheTraceOfItsEnvironment() throws {
    let bench = try EndingBench()
    try bench.run(
      "child",
      environment: [
        "TRACEPARENT": "00-80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-01", "TRACESTATE": "other=1",
        "BAGGAGE": "tenant=t1",
      ])
    let span = try #require(bench.spans.first)
    #expect(span["traceId"] as? String == "80f198ee56343ba864fe8b2a57d3eff7")
    #expect(span["parentId"] as? String == "e457b5a2e4d86bd1")
    let own = try #require(span["id"] as? String)
    #expect(bench.report["TRACEPARENT"] as? String == "00-80f198ee56343ba864fe8b2a57d3eff7-\(own)-01")
    #expect(bench.report["BAGGAGE"] as? String == "tenant=t1")
    #expect((bench.report["TRACESTATE"] as? String)?.contains("other=1") == true)
  }
}
