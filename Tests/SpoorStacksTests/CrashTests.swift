// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorStacks
import SpoorTestSupport
import Testing

/// The crashed process is a real one, `CrashProbe`; the record is read from its file.
@Suite struct CrashTests {
  /// One way to crash, and the expected record.
  struct Crash: Sendable, CustomTestStringConvertible {
    let mode: String
    let place: String
    let signals: Set<String>
    let top: String
    var testDescription: String { "\(mode) in a \(place)" }
  }

  private static let endings: [(mode: String, signals: Set<String>, top: String)] = [
    ("fatalError", ["SIGILL", "SIGTRAP"], "fail(_:_:)"),
    ("index", ["SIGILL", "SIGTRAP"], "fail(_:_:)"),
    ("nil", ["SIGILL", "SIGTRAP"], "fail(_:_:)"),
    ("overflow", ["SIGILL", "SIGTRAP"], "fail(_:_:)"),
    // The processor's own trap or Swift's check before it.
    ("division", ["SIGILL", "SIGTRAP", "SIGFPE"], "fail(_:_:)"),
    ("segv", ["SIGSEGV", "SIGILL", "SIGTRAP"], "fail(_:_:)"),
    ("abort", ["SIGABRT"], "fail(_:_:)"),
    ("stack", ["SIGSEGV"], "overflowStack(_:)"),
    ("sigtrap", ["SIGTRAP"], "fail(_:_:)"),
  ]
  static let crashes = endings.flatMap { ending in
    ["task", "thread"].map { place in
      Crash(mode: ending.mode, place: place, signals: ending.signals, top: ending.top)
    }
  }

  @Test("the trap is recorded with the trace and span of the task, and the place", arguments: crashes)
  func trapIsRecorded(crash: Crash) async throws {
    let probe = try await Probe.run(crash.mode, crash.place)
    let record = try #require(try probe.record)
    #expect(record.extent == .complete)
    #expect(crash.signals.contains(record.signalName), "\(record.signalName)")
    #expect(record.span?.spanID == 0xC007)
    #expect(record.span?.traceIDHigh == 0xAAAA_0000)
    #expect(record.spanSource == .exact)
    #expect(record.processID == UInt32(probe.processID))
    let frames = record.symbolicator().resolve(record.stack)
    #expect(frames.first(where: \.isProject)?.function == crash.top, "\(frames.map(\.text))")
    #expect(probe.wasKilledBySignal)
  }

  @Test("the stack of a task's trap continues with the awaiting callers", arguments: ["index", "abort"])
  func asyncCallersAreRecorded(mode: String) async throws {
    let record = try #require(try await Probe.run(mode, "task").record)
    let functions = record.symbolicator().resolve(record.stack).filter(\.isProject).compactMap(\.function)
    #expect(functions.prefix(3) == ["fail(_:_:)", "innermost(_:_:)", "request(_:_:)"], "\(functions)")
  }

  @Test("a context with another key is attributed to the task's newest span and marked as inferred")
  func derivedContextIsInferred() async throws {
    let record = try #require(try await Probe.run("index", "derived").record)
    #expect(record.span?.spanID == 0xC007)
    #expect(record.spanSource == .inferred)
  }

  @Test("a detached task has no span")
  func detachedTaskHasNoSpan() async throws {
    let record = try #require(try await Probe.run("index", "detached").record)
    #expect(record.span == nil)
    #expect(record.spanSource == nil)
  }

  @Test("a process killed from outside leaves an area without a record")
  func killedProcessHasNoRecord() async throws {
    #expect(try await Probe.run("kill", "task").record == nil)
  }

  @Test("the thread's name is in the record")
  func threadIsNamed() async throws {
    #expect(try await Probe.run("index", "thread").record?.threadName == "worker")
  }

  @Test("Swift's backtracer still gets the signal")
  func backtracerStillRuns() async throws {
    let probe = try await Probe.run("index", "task", backtracer: true)
    #expect(probe.errorText.contains("Program crashed"), "\(probe.errorText.prefix(500))")
    #expect(try probe.record?.extent == .complete)
  }

  @Test("the reason left by the compiler is reported")
  func reasonIsTold() async throws {
    let record = try #require(try await Probe.run("overflow", "task").record)
    #expect(record.reason(record.symbolicator()) == "arithmetic overflow")
  }

  @Test("a dead process's addresses are resolved from the file of the same build, and from no other")
  func buildIsChecked() async throws {
    let probe = try await Probe.run("index", "task")
    var bytes = probe.area
    let record = try #require(try CrashRecord.read(bytes))
    #expect(record.symbolicator().resolve(record.stack).contains { $0.function == "fail(_:_:)" })
    // The first image's build ID is 40 bytes into the table, which begins after the record and its count.
    bytes[1024 + 64 + 40] ^= 0xFF
    let other = try #require(try CrashRecord.read(bytes))
    let frame = try #require(other.symbolicator().resolve(other.stack).first { $0.image == "CrashProbe" })
    #expect(frame.function == nil)
    #expect(frame.buildID != nil)
    #expect(frame.offset > 0)
  }

  @Test("damaged bytes are refused or read without harm")
  func damagedBytesAreSafe() async throws {
    let intact = try await Probe.run("index", "thread").area
    var random = SeededGenerator(seed: 42)
    for _ in 0..<2000 {
      var bytes = intact
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<2048, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      guard let record = try? CrashRecord.read(bytes) else { continue }
      #expect(record.stack.frames.count <= 64)
      _ = Symbolicator(images: record.images, programPath: record.programPath).resolve(record.stack, detail: .off)
    }
    #expect(throws: CrashRecordError.tooShort(bytes: 100)) { try CrashRecord.read(Array(intact.prefix(100))) }
    #expect(throws: CrashRecordError.foreign) { try CrashRecord.read([UInt8](repeating: 0, count: 1 << 16)) }
  }
}
