// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

/// Real processes that end in every way, and the recovery by the next process.
@Suite struct EndingTests {
  @Test(arguments: ["exit", "return", "trap", "kill"]) func everyLineIsKeptHoweverTheProcessEnds(mode: String) throws {
    let bench = try EndingBench()
    try bench.run(mode, count: 5000)
    try bench.run("ship")
    // A line may come twice. None may be missing, and the first occurrences are in order.
    let numbers = try bench.numbers()
    var seen: Set<Int> = []
    #expect(numbers.filter { seen.insert($0).inserted } == Array(0..<5000))
    if mode == "exit" || mode == "return" { #expect(numbers.count == 5000) }
    #expect(bench.files().names.isEmpty, "nothing is left to ship")
  }

  @Test func aKillDuringAReplayKeepsEveryLine() async throws {
    let bench = try EndingBench()
    // Nobody reads the first process's output, so its lines stay in the ring.
    let blocked = Pipe()
    let first = try bench.start(
      "kill", count: 8000, environment: ["SPOOR_JOURNAL_BYTES": "16777216"], output: blocked.fileHandleForWriting)
    first.waitUntilExit()
    for round in 0..<6 {
      let before = try bench.output.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      let replaying = try bench.start("replay")
      // As soon as it has begun, and a little later each time.
      try await eventually("the replay begins") {
        (try bench.output.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) > before || !replaying.isRunning
          || bench.files().names.count == 1
      }
      usleep(UInt32(round) * 700)
      kill(replaying.processIdentifier, SIGKILL)
      replaying.waitUntilExit()
    }
    try bench.run("ship")
    // The first process's ring was read through a pipe that holds some of them.
    let written = blocked.fileHandleForReading
    try blocked.fileHandleForWriting.close()
    let early = String(decoding: written.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n").count
    let numbers = Set(try bench.numbers())
    #expect(numbers.isSuperset(of: early..<8000), "missing \(Set(early..<8000).subtracting(numbers).count)")
    #expect(bench.files().names.isEmpty)
  }

  @Test func sixProcessesThatShareAPipeTearNoLine() async throws {
    let bench = try EndingBench()
    let pipe = Pipe()
    let processes = try (0..<6).map { _ in
      try bench.start("long", count: 700, output: pipe.fileHandleForWriting)
    }
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    for process in processes { process.waitUntilExit() }
    var numbers: [Int: Set<Int>] = [:]
    for line in text.split(separator: "\n") {
      let record = try DecodedJSON.object(line)
      guard record["event"] as? String == "line" else { continue }
      let process = try #require(record["pid"] as? Int)
      numbers[process, default: []].insert(try #require(record["number"] as? Int))
    }
    #expect(numbers.count == 6 && numbers.values.allSatisfy { $0 == Set(0..<700) })
  }

  @Test(arguments: ["a pipe without a reader", "a full disk"])
  func anOutputThatFailsCostsNoLine(output: String) throws {
    let bench = try EndingBench()
    let process: Process
    if output == "a full disk" {
      process = try bench.start("exit", count: 500, output: FileHandle(forWritingTo: URL(filePath: "/dev/full")))
    } else {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      process = try bench.start("exit", count: 500, output: pipe.fileHandleForWriting)
    }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0, "the service is not affected")
    try bench.run("ship")
    #expect(try bench.numbers() == Array(0..<500), "the next start writes the lines that could not be written")
  }

  @Test(
    .enabled(
      if: !Sanitizer.isThreadSanitizer,
      "ThreadSanitizer ends a child that was forked from a process with threads"))
  func aForkInMidSpanLeavesTheParentsSpanAlone() throws {
    let bench = try EndingBench()
    let process = try bench.run("fork")
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    let spans = bench.spans
    #expect(
      spans.compactMap { $0["name"] as? String } == ["warm-up", "parent's"],
      "the child has no shipper and none of the parent's slots")
    let tags = try #require(spans.last?["tags"] as? [String: String])
    #expect(tags["before"] == "fork" && tags["child.status"] == "0" && tags["child"] == nil)
    #expect(try bench.numbers().sorted() == [0, 1], "the child's line is written once")
  }

  @Test func fiveHundredCrashesWithoutACollectorStayWithinTheDirectorysLimit() throws {
    let bench = try EndingBench { _ in .answer(503) }
    let limit = 8 << 20
    var largest = 0
    for _ in 0..<500 {
      try bench.run("crash", environment: ["SPOOR_JOURNAL_MAX_BYTES": "\(limit)"])
      largest = max(largest, bench.files().bytes)
    }
    // The most recent crash may exceed the limit, nothing else.
    #expect(largest <= limit + (2 << 20), "\(largest) bytes")
    #expect(bench.files().names.count >= 6, "files within the limit are kept")
    // A process that crashes may not have written the line. The next start writes it.
    try bench.run("ship", environment: ["SPOOR_JOURNAL_MAX_BYTES": "\(limit)"])
    #expect(try !bench.records("journal_file_removed").isEmpty, "each deletion is logged")
  }

  @Test func whatADeadProcessLeavesIsRedactedThoughNoHookSawIt() throws {
    let bench = try EndingBench()
    try bench.run("crash", environment: ["OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:9/api/v2/spans"])
    for name in bench.files().names {
      let bytes = try Data(contentsOf: URL(filePath: "\(bench.journal)/\(name)"))
      #expect(bytes.range(of: Data("ORD7890".utf8)) != nil, "the open span is in the file")
      #expect(bytes.range(of: Data("5ecre7".utf8)) == nil, "the file does not contain the secret")
    }
    try bench.run("ship")
    let open = try #require(bench.spans.first { $0["name"] as? String == "open" })
    let tags = try #require(open["tags"] as? [String: String])
    #expect(tags["http.request.header.authorization"] == "[redacted]" && tags["order.id"] == "ORD7890")
    #expect(try bench.records("calling").map { $0["password"] as? String } == ["[redacted]"])
  }

  @Test func twoProcessesThatAdoptAtOnceShipEachSpanOnce() throws {
    let bench = try EndingBench()
    for number in 0..<10 {
      // Each run has its own directory, so that none finds another's file.
      let apart = "\(bench.journal)-\(number)"
      // There is no collector, so that none ships the spans itself.
      try bench.run(
        "crash",
        environment: [
          "SPOOR_JOURNAL_DIR": apart, "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://127.0.0.1:9/api/v2/spans",
        ])
      try bench.adopt(apart)
    }
    let adopters = try (0..<4).map { _ in try bench.start("ship") }
    for adopter in adopters { adopter.waitUntilExit() }
    let ids = bench.spans.compactMap { $0["id"] as? String }
    #expect(ids.count == Set(ids).count, "no span arrived twice")
    #expect(try bench.records("process_interrupted").count == 10)
    #expect(bench.spans.count { $0["name"] as? String == "open" } == 10)
    let open = try #require(bench.spans.first { $0["name"] as? String == "open" })
    let tags = try #require(open["tags"] as? [String: String])
    #expect(tags["spoor.interrupted"] == "true" && tags["error"] == "interrupted: the process ended")
    #expect(tags["order.id"] == "ORD7890")
    #expect(bench.files().names.isEmpty)
  }
}
