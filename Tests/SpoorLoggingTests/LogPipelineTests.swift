// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorContext
import SpoorJournal
import SpoorTestSupport
import Testing
import Tracing

@testable import SpoorLogging

/// A pipeline over a pipe that the test reads.
@safe
final class PipeBench {
  let pipe = Pipe()
  let pipeline: LogPipeline
  private let memory: UnsafeMutableRawBufferPointer

  init(
    ringBytes: Int = 1 << 20, mode: LogPipeline.Mode = .ring(writesErrors: false), patience: UInt64 = 0,
    settings: LogSettings = LogSettings(service: "test")
  ) throws {
    unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ringBytes, alignment: 16)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
    pipeline = LogPipeline(
      settings: settings, format: .json, ring: try unsafe LogRing(memory: memory),
      outputs: LogOutputs(descriptor: pipe.fileHandleForWriting.fileDescriptor), mode: mode, patience: patience)
  }

  /// The memory is never freed, because the writer's thread may still read it.
  deinit {}

  func lines() -> [String] {
    try? pipe.fileHandleForWriting.close()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  func handler(_ label: String = "orders") -> SpoorLogHandler { SpoorLogHandler(label: label, pipeline: pipeline) }

  func recovered() throws -> [String] {
    let lines = unsafe try #require(LogRingRecovery.lines(in: UnsafeRawBufferPointer(memory)))
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }
}

struct Broken: Error, CustomStringConvertible { let description = "the database is gone" }

@Suite struct LogPipelineTests {
  @Test func aLoggersLineReachesTheDescriptor() throws {
    let bench = try PipeBench()
    var logger = Logger(label: "orders") { _ in bench.handler() }
    logger[metadataKey: "user_id"] = "U5678"
    logger.info("order_placed", metadata: ["order_id": "ORD7890"])
    logger.debug("not written")
    #expect(bench.pipeline.writer.drain(nanoseconds: 1_000_000_000))
    let lines = bench.lines()
    #expect(lines.count == 1)
    let record = try DecodedJSON.object(#require(lines.first))
    #expect(record["order_id"] as? String == "ORD7890" && record["user_id"] as? String == "U5678")
  }

  @Test func theCallsFieldsComeBeforeTheProvidersAndTheHandlers() throws {
    let bench = try PipeBench()
    var handler = bench.handler()
    handler.metadata = ["a": "handler", "b": "handler", "c": "handler"]
    handler.metadataProvider = Logger.MetadataProvider { ["b": "provider", "c": "provider"] }
    let logger = Logger(label: "x") { _ in handler }
    logger.info("event", metadata: ["c": "call"])
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let record = try DecodedJSON.object(#require(bench.lines().first))
    #expect(record["a"] as? String == "handler")
    #expect(record["b"] as? String == "provider")
    #expect(record["c"] as? String == "call")
  }

  @Test func chosenFieldsOfTheBaggageAreFieldsOfEveryRecordOfTheRequest() throws {
    var settings = LogSettings(service: "test")
    settings.baggageFields = ["absent", "event", "tenant", "token", "user"]
    let bench = try PipeBench(settings: settings)
    let logger = Logger(label: "x") { _ in bench.handler() }
    var context = ServiceContext.topLevel
    context.baggage = Baggage(header: "tenant=acme,user=7,event=forged,token=s3cret,other=1")
    ServiceContext.withValue(context) { logger.info("placed", metadata: ["user": "of the call"]) }
    logger.info("outside")
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let lines = bench.lines()
    let record = try DecodedJSON.object(#require(lines.first))
    #expect(record["tenant"] as? String == "acme" && record["user"] as? String == "of the call")
    #expect(record["event"] as? String == "placed" && record["fields.event"] as? String == "forged")
    #expect(record["token"] as? String == Redaction.replacement && record["other"] == nil && record["absent"] == nil)
    #expect(try DecodedJSON.object(#require(lines.last))["tenant"] == nil)
  }

  /// swift-log's attributes on values (SLG-0004).
  @Test func aValueThatIsMarkedAsSensitiveIsNotWritten() throws {
    let bench = try PipeBench()
    let logger = Logger(label: "x") { _ in bench.handler() }
    let (mail, name) = ("zoe@example.org", "Zoë")
    logger.info(
      "signed_in",
      metadata: [
        "mail": "\(mail, sensitivity: .sensitive)",
        "both": "\(mail, sensitivity: .sensitive) \(name, sensitivity: .harmless)",
        "name": "\(name, sensitivity: .harmless)", "nested": ["deep": "\(mail, sensitivity: .sensitive)"],
        "list": ["\(mail, sensitivity: .sensitive)", "open"], "plain": "\(name)",
        "made": .attributed(mail, attributes: [Sensitivity.sensitive]),
      ])
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let line = try #require(bench.lines().first)
    let record = try DecodedJSON.object(line)
    #expect(!line.contains("example.org") && record["name"] as? String == "Zoë" && record["plain"] as? String == "Zoë")
    for key in ["mail", "both", "made"] { #expect(record[key] as? String == Redaction.replacement) }
    #expect(record["list"] as? [String] == [Redaction.replacement, "open"])
  }

  @Test func whichAttributesAreSensitiveCanBeSaid() throws {
    enum Class: Int64, Logger.MetadataValueAttributes.Attribute { case open, restricted }
    var settings = LogSettings(service: "test")
    settings.isSensitive = { $0[Class.self] == .restricted }
    let bench = try PipeBench(settings: settings)
    let logger = Logger(label: "x") { _ in bench.handler() }
    logger.info(
      "event",
      metadata: [
        "a": .attributed("x", attributes: [Class.restricted]), "b": .attributed("y", attributes: [Class.open]),
        "c": "\("z", sensitivity: .sensitive)",
      ])
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    let record = try DecodedJSON.object(#require(bench.lines().first))
    #expect(record["a"] as? String == Redaction.replacement && record["b"] as? String == "y")
    #expect(record["c"] as? String == "z")
  }

  @Test func whatLooksLikeASecretIsTakenOutOfMessagesFieldsAndErrors() throws {
    struct Leak: Error, CustomStringConvertible { let description = "no user for key-12345678" }
    var settings = LogSettings(service: "test")
    settings.redaction = Redaction(patterns: [try RedactionPattern("key-[0-9]{8}")])
    let bench = try PipeBench(settings: settings)
    let logger = Logger(label: "x") { _ in bench.handler() }
    logger.error("failed with key-12345678", error: Leak(), metadata: ["note": "key-12345678!", "n": ["key-12345678"]])
    #expect(bench.pipeline.writer.drain(nanoseconds: 30_000_000_000))
    let line = try #require(bench.lines().first)
    #expect(!line.contains("12345678"))
    #expect(try DecodedJSON.object(line)["event"] as? String == "failed with \(Redaction.replacement)")
  }

  @Test func anErrorOfPlainSwiftLogIsServed() throws {
    let bench = try PipeBench()
    let logger = Logger(label: "orders") { _ in bench.handler() }
    logger.error("query_failed", error: Broken())
    // The record waits for the names of its stack, which a sanitizer makes slow.
    #expect(bench.pipeline.writer.drain(nanoseconds: 30_000_000_000))
    let record = try DecodedJSON.object(#require(bench.lines().first))
    #expect(record["error.type"] as? String == "Broken")
    #expect(record["error.message"] as? String == "the database is gone")
  }

  @Test func theThreadWritesWithoutBeingAsked() throws {
    let bench = try PipeBench()
    #expect(bench.pipeline.writer.start())
    let logger = Logger(label: "orders") { _ in bench.handler() }
    for index in 0..<1000 { logger.info("event", metadata: ["index": .stringConvertible(index)]) }
    // Reading is the only way to wait: it blocks until lines arrive.
    var text = ""
    while text.split(separator: "\n").count < 1000 {
      text += String(decoding: bench.pipe.fileHandleForReading.availableData, as: UTF8.self)
    }
    bench.pipeline.writer.stop()
    #expect(text.split(separator: "\n").count == 1000)
    #expect(bench.pipeline.droppedCount == 0)
  }

  @Test func aFullRingDropsCountsAndSaysSoWhenItFlowsAgain() throws {
    let bench = try PipeBench(ringBytes: 64 << 10)
    let logger = Logger(label: "orders") { _ in bench.handler() }
    let total = 2000
    for index in 0..<total { logger.info("event", metadata: ["index": .stringConvertible(index)]) }
    let dropped = bench.pipeline.droppedCount
    #expect(dropped > 0)
    let reader = DispatchQueue(label: "reader")
    nonisolated(unsafe) var text = ""
    let done = DispatchSemaphore(value: 0)
    reader.async {
      unsafe text = String(decoding: bench.pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      done.signal()
    }
    #expect(bench.pipeline.writer.drain(nanoseconds: 5_000_000_000))
    try bench.pipe.fileHandleForWriting.close()
    done.wait()
    let records = unsafe try text.split(separator: "\n").map { try DecodedJSON.object(String($0)) }
    let report = try #require(records.first { $0["event"] as? String == "log_lines_dropped" })
    #expect(report["count"] as? Int == Int(dropped))
    #expect(records.count - 1 + Int(dropped) == total, "written + dropped = logged")
  }

  @Test func aDeadProcessesLinesAreFoundInTheRegion() throws {
    let bench = try PipeBench()
    let logger = Logger(label: "orders") { _ in bench.handler() }
    for index in 0..<10 { logger.info("event", metadata: ["index": .stringConvertible(index)]) }
    #expect(try bench.recovered().count == 10)
    _ = bench.pipeline.writer.drain(nanoseconds: 1_000_000_000)
    #expect(try bench.recovered().isEmpty, "a written line is not written again")
  }

  @Test func eightThreadsLoseNothing() async throws {
    let bench = try PipeBench(ringBytes: 8 << 20)
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<8 {
        group.addTask {
          let logger = Logger(label: "t\(thread)") { _ in bench.handler("t\(thread)") }
          for index in 0..<500 { logger.info("event", metadata: ["index": .stringConvertible(index)]) }
        }
      }
    }
    #expect(bench.pipeline.droppedCount == 0)
    #expect(try bench.recovered().count == 4000)
  }

  @Test func aDamagedRegionIsNeverTrusted() throws {
    var random = SeededGenerator(environment: ProcessInfo.processInfo.environment)
    let bench = try PipeBench(ringBytes: 16 << 10)
    let logger = Logger(label: "orders") { _ in bench.handler() }
    for index in 0..<60 { logger.info("event", metadata: ["index": .stringConvertible(index)]) }
    let whole = bench.copyOfRegion()
    let intact = try #require(unsafe whole.withUnsafeBytes { unsafe LogRingRecovery.lines(in: $0) })
    #expect(intact.count == 60)
    var refused = 0
    for _ in 0..<1_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<min(bytes.count, 4096), using: &random)] = .random(in: 0...255, using: &random)
      }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let damaged = unsafe bytes.withUnsafeBytes { unsafe LogRingRecovery.lines(in: $0) }
      // A length is only accepted within the region, so the lines cannot exceed it.
      #expect((damaged ?? []).reduce(0) { $0 + $1.count } <= bytes.count)
      if damaged.map({ $0 != intact }) ?? true { refused += 1 }
      // The capacity in the header is not that of a shorter region.
      let short = unsafe bytes[..<cut].withUnsafeBytes { unsafe LogRingRecovery.lines(in: $0) }
      if cut <= bytes.count - 16 { #expect(short == nil) }
    }
    // Only damage to padding, or to counters that are not read here, has no effect.
    #expect(refused > 500)
  }
}

extension PipeBench: @unchecked Sendable {  // The pipe and the pipeline can be shared between tasks.
  func copyOfRegion() -> [UInt8] { unsafe Array(memory) }
}
