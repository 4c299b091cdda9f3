// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorJournal
import SpoorTestSupport
import Testing

@testable import SpoorLogging

/// A temporary directory that is removed with this object.
final class LogDirectory {
  let path: String
  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "spoor-logs-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func file(_ name: String) -> String { "\(path)/\(name)" }
  func lines(_ name: String) -> [String] {
    guard let text = try? String(contentsOfFile: file(name), encoding: .utf8) else { return [] }
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// A ring and a writer with several destinations.
@safe
final class OutputBench {
  let outputs: LogOutputs
  let pipeline: LogPipeline
  let logger: Logger

  init(_ destinations: [LogDestination], reopenSignal: Int32 = 0, patience: UInt64 = 5_000_000_000) throws {
    outputs = try LogOutputs(destinations, reopenSignal: reopenSignal, patience: patience)
    // Never freed, because the writer may still read it.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
    let pipeline = LogPipeline(
      settings: LogSettings(service: "test"), format: .json, ring: try unsafe LogRing(memory: memory), outputs: outputs,
      mode: .ring(writesErrors: false), patience: 0)
    self.pipeline = pipeline
    logger = Logger(label: "x") { SpoorLogHandler(label: $0, pipeline: pipeline, level: .trace) }
  }

  /// Writes lines and waits until they are written, one batch each.
  func write(_ events: String...) {
    for event in events {
      logger.info("\(event)")
      #expect(pipeline.writer.drain(nanoseconds: 10_000_000_000))
    }
  }
}

private func events(_ lines: [String]) throws -> [String] {
  try lines.map { try DecodedJSON.object($0)["event"] as? String ?? "?" }
}

@Suite struct LogFileTests {
  @Test func linesAreAppendedToAFileThatOthersMayNotReadFreely() throws {
    let directory = try LogDirectory()
    try "{\"event\":\"before\"}\n".write(toFile: directory.file("a.log"), atomically: false, encoding: .utf8)
    let bench = try OutputBench([.file(path: directory.file("a.log")), .file(path: directory.file("b.log"))])
    bench.write("one", "two")
    #expect(try events(directory.lines("a.log")) == ["before", "one", "two"])
    let mode = try FileManager.default.attributesOfItem(atPath: directory.file("b.log"))[.posixPermissions] as? Int
    #expect((mode ?? 0o777) & 0o007 == 0)
  }

  @Test func atItsSizeAFileMakesWayAndTheOldestGoes() throws {
    let directory = try LogDirectory()
    let bench = try OutputBench([
      .file(path: directory.file("a.log"), rotation: LogRotation(bytes: 1, keptFiles: 2))
    ])
    bench.write("1", "2", "3", "4", "5")
    #expect(directory.names == ["a.log", "a.log.1", "a.log.2"])
    #expect(try events(directory.lines("a.log")) == ["5"])
    #expect(try events(directory.lines("a.log.1")) == ["4"] && events(directory.lines("a.log.2")) == ["3"])
  }

  @Test func aFileIsNotRotatedBeforeItsSizeAndNeverAtZero() throws {
    let directory = try LogDirectory()
    let bench = try OutputBench([
      .file(path: directory.file("a.log"), rotation: LogRotation(bytes: 400)),
      .file(path: directory.file("b.log"), rotation: LogRotation(bytes: 0)),
    ])
    bench.write("1", "2", "3", "4", "5", "6", "7", "8")
    let size = directory.lines("a.log").joined(separator: "\n").utf8.count
    #expect(directory.names.contains("a.log.1") && size < 400 + 200)
    #expect(directory.lines("b.log").count == 8 && !directory.names.contains("b.log.1"))
    let all = directory.names.filter { $0.hasPrefix("a.log") }.flatMap { directory.lines($0) }
    #expect(all.count == 8)
  }

  @Test func nothingIsKeptWhereNothingIsToBeKept() throws {
    let directory = try LogDirectory()
    let bench = try OutputBench([.file(path: directory.file("a.log"), rotation: LogRotation(bytes: 1, keptFiles: 0))])
    bench.write("1", "2")
    #expect(directory.names == ["a.log"])
    #expect(try events(directory.lines("a.log")) == ["2"])
  }

  /// Renames a file, as logrotate does, but sends no signal.
  @Test func aFileThatSomebodyPutAsideIsNoticed() throws {
    let directory = try LogDirectory()
    let bench = try OutputBench([.file(path: directory.file("a.log"))])
    bench.write("1")
    try FileManager.default.moveItem(atPath: directory.file("a.log"), toPath: directory.file("a.log-20260101"))
    bench.write("2")
    try FileManager.default.removeItem(atPath: directory.file("a.log"))
    bench.write("3")
    #expect(try events(directory.lines("a.log-20260101")) == ["1"] && events(directory.lines("a.log")) == ["3"])
  }

  @Test func aFileThatCannotBeOpenedAnewGoesOnWhereItIs() throws {
    let directory = try LogDirectory()
    try FileManager.default.createDirectory(atPath: directory.file("logs"), withIntermediateDirectories: true)
    let bench = try OutputBench([.file(path: directory.file("logs/a.log"))])
    bench.write("1")
    try FileManager.default.moveItem(atPath: directory.file("logs"), toPath: directory.file("gone"))
    bench.write("2")
    #expect(try events(directory.lines("gone/a.log")) == ["1", "2"])
    try FileManager.default.createDirectory(atPath: directory.file("logs"), withIntermediateDirectories: true)
    bench.write("3")
    #expect(try events(directory.lines("logs/a.log")) == ["3"])
  }

  @Test func twoWritersOfOneFileRotateItTogether() throws {
    let directory = try LogDirectory()
    let rotation = LogRotation(bytes: 500, keptFiles: 1000)
    let first = try OutputBench([.file(path: directory.file("a.log"), rotation: rotation)])
    let second = try OutputBench([.file(path: directory.file("a.log"), rotation: rotation)])
    for number in 0..<50 {
      first.write("first \(number)")
      second.write("second \(number)")
    }
    let all = try directory.names.flatMap { try events(directory.lines($0)) }
    #expect(all.count == 100 && Set(all).count == 100 && directory.names.count > 10)
  }

  @Test(arguments: ["/nowhere/a.log", "/proc/spoor.log", "/"])
  func aFileThatCannotBeWrittenIsSaid(path: String) throws {
    let error = try #require(throws: LogFile.Failure.self) { try LogOutputs([.file(path: path)]) }
    #expect(error.path == path && error.description.contains(path))
  }
}

@Suite struct LogOutputsTests {
  @Test func eachPlaceGetsEveryLine() throws {
    let directory = try LogDirectory()
    let pipe = Pipe()
    let bench = try OutputBench([
      .descriptor(pipe.fileHandleForWriting.fileDescriptor), .file(path: directory.file("a.log")),
    ])
    for number in 0..<200 { bench.logger.info("\(number)") }
    #expect(bench.pipeline.writer.drain(nanoseconds: 10_000_000_000))
    try pipe.fileHandleForWriting.close()
    let piped = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(piped.split(separator: "\n").map(String.init) == directory.lines("a.log"))
    #expect(try events(directory.lines("a.log")) == (0..<200).map(String.init))
  }

  /// A pipe without a reader beside a file: the file loses nothing and does not wait. The lines that the pipe lost are
  /// counted.
  @Test(.timeLimit(.minutes(2))) func aPlaceThatTakesNothingHoldsUpNoOther() throws {
    let directory = try LogDirectory()
    let pipe = Pipe()
    let bench = try OutputBench(
      [.descriptor(pipe.fileHandleForWriting.fileDescriptor), .file(path: directory.file("a.log"))], patience: 0)
    let text = String(repeating: "x", count: 1000)
    // More lines than the ring holds. The pipe may keep half of the ring.
    for round in 0..<15 {
      for number in 0..<100 { bench.logger.info("\(round * 100 + number)", metadata: ["text": "\(text)"]) }
      #expect(!bench.pipeline.writer.drain(nanoseconds: 20_000_000))
    }
    #expect(try events(directory.lines("a.log")).filter { $0 != "log_lines_dropped" } == (0..<1500).map(String.init))
    let lost = bench.pipeline.writer.lostLines
    #expect(lost > 500 && bench.pipeline.droppedCount == lost)
    // When the pipe is read again, it gets whole lines and a count of those that it lost.
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    let (piped, done) = (directory.file("piped"), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      let data = FileHandle(fileDescriptor: descriptor).readDataToEndOfFile()
      try? data.write(to: URL(filePath: piped))
      done.signal()
    }
    func said() throws -> Int {
      try directory.lines("a.log").compactMap { try DecodedJSON.object($0)["count"] as? Int }.reduce(0, +)
    }
    while try said() < Int(bench.pipeline.writer.lostLines) { bench.write("after") }
    try pipe.fileHandleForWriting.close()
    #expect(done.wait(timeout: .now() + 30) == .success)
    let read = try events(directory.lines("piped"))
    #expect(read.first == "0" && read.contains("log_lines_dropped") && read.contains("after"))
    #expect(read.count + Int(bench.pipeline.writer.lostLines) == directory.lines("a.log").count)
    #expect(try said() == Int(bench.pipeline.writer.lostLines))
  }

  // MARK: Destinations that cannot be

  @Test func aDescriptorThatIsNotOpenIsAnError() throws {
    let error = try #require(throws: LogFile.Failure.self) { try LogOutputs([.descriptor(2_000_000)]) }
    #expect(error.description == "descriptor 2000000: Bad file descriptor")
  }

  @Test func aDescriptorThatIsOpenForReadingOnlyIsAnError() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    let error = try #require(throws: LogFile.Failure.self) { try LogOutputs([.descriptor(descriptor)]) }
    #expect(error.path == "descriptor \(descriptor)" && error.code == EBADF)
    withExtendedLifetime(pipe) {}
  }

  @Test func aPipeOnTheDiskThatNobodyReadsIsAnError() throws {
    let directory = try LogDirectory()
    try #require(unsafe mkfifo(directory.file("fifo"), 0o600) == 0)
    let error = try #require(throws: LogFile.Failure.self) { try LogOutputs([.file(path: directory.file("fifo"))]) }
    #expect(error.code == ENXIO)
  }

  @Test func oneFileUnderTwoNamesGetsEachLineOnce() throws {
    let directory = try LogDirectory()
    try Data().write(to: URL(filePath: directory.file("a.log")))
    try FileManager.default.createSymbolicLink(
      atPath: directory.file("link.log"), withDestinationPath: directory.file("a.log"))
    let descriptor = unsafe open(directory.file("a.log"), O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    let bench = try OutputBench([
      .file(path: directory.file("a.log")), .file(path: directory.file("link.log")), .descriptor(descriptor),
    ])
    bench.write("once")
    #expect(directory.lines("a.log").count == 1)
    #expect(bench.outputs.repeated == [directory.file("link.log"), "descriptor \(descriptor)"])
  }

  @Test func onePipeInTwoDescriptorsGetsEachLineOnce() throws {
    let pipe = Pipe()
    let copy = dup(pipe.fileHandleForWriting.fileDescriptor)
    let bench = try OutputBench([.descriptor(pipe.fileHandleForWriting.fileDescriptor), .descriptor(copy)])
    bench.write("once")
    #expect(bench.outputs.repeated == ["descriptor \(copy)"])
    close(copy)
    try pipe.fileHandleForWriting.close()
    let lines = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(lines.split(separator: "\n").count == 1)
  }
}
