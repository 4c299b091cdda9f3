// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import SpoorTesting
import Tracing

/// Throws in every way of `Ways`, records the failure in each of four places, and checks the records.
///
///     ThrowProbe [always]
///
/// Prints a line for each and exits with 1 if one of them is wrong. `always` captures throws outside spans as well. Run
/// it optimised and not, with the standard library linked statically and dynamically, because stacks differ there.
@main
struct ThrowProbe {
  static func main() async throws {
    let capturesAll = CommandLine.arguments.dropFirst().contains("always")
    var configuration = SpoorConfiguration()
    configuration.journal.location = .memory
    configuration.export.endpoints = ["http://127.0.0.1:9/api/v2/spans"]
    let spoor = try SpoorSystem.bootstrap(service: "throw-probe", configuration: configuration, install: [])
    var failures = 0
    for way in Way.all(capturesAll: capturesAll) {
      for place in RecordPlace.allCases {
        let telemetry = try TelemetryCapture()
        spoor.setStackCapture(capturesAll ? .always : .activeSpan)
        let check = Check(way, place)
        await telemetry.capture { await check.run(telemetry) }
        // Decoding the records throws hundreds of errors, which would take the places of those under test.
        spoor.setStackCapture(.off)
        let result = check.result(telemetry)
        print(result.text)
        if !result.isRight { failures += 1 }
      }
    }
    print(failures == 0 ? "every stack is right" : "\(failures) wrong")
    exit(failures == 0 ? 0 : 1)
  }
}

/// The place where a failure is recorded.
enum RecordPlace: String, CaseIterable {
  case inside = "logged inside"
  case outside = "logged outside withSpan"
  case further = "logged one catch further up"
  case recovered = "withRecovery"
}

/// The required certainty of a stack.
enum Certainty {
  case exact
  /// `exact`, except in an optimised build in which a logger sees the error before a span or `withRecovery` does.
  ///
  /// The error is thrown again by a function that the first throw did not come through. So does a constant that two
  /// places throw, and then the first stack would be the wrong one. The reference count tells them apart: in a debug
  /// build at the first throw, in an optimised one at the catch, if nothing but the catch holds the error. A logger's
  /// call holds it once more.
  case exactUnlessLogged
  case inferred

  /// Whether a record made in this place is to be `exact`.
  func isExact(_ place: RecordPlace) -> Bool {
    #if DEBUG
      self != .inferred
    #else
      self == .exact || (self == .exactUnlessLogged && place != .inside)
    #endif
  }
}

/// A way to throw and the expected record.
struct Way: Sendable {
  let name: String
  let place: Place
  let certainty: Certainty
  /// Functions further out that the stack must have.
  let callers: [String]
  let body: @Sendable () async throws -> Void

  init(
    _ name: String, _ place: Place, _ certainty: Certainty = .exact, callers: [String] = [],
    _ body: @escaping @Sendable () async throws -> Void
  ) {
    self.name = name
    self.place = place
    self.certainty = certainty
    self.callers = callers
    self.body = body
  }

  static func all(capturesAll: Bool) -> [Way] {
    [
      Way("untyped", Ways.plainPlace) { try Ways.plain() },
      Way("class", Ways.objectPlace) { try Ways.thrownObject() },
      Way("async", Ways.asyncPlace) { try await Ways.asynchronous() },
      Way("async, arguments on the stack", Ways.stackArgumentsPlace, callers: ["static Ways.callsWithStackArguments()"])
      {
        try await Ways.callsWithStackArguments()
      },
      Way("actor", Ways.Account.place) { try await Ways.actor() },
      Way("typed", Ways.typedPlace, .inferred) { try Ways.typed() },
      Way("typed, async", Ways.typedAsyncPlace, .inferred) { try await Ways.typedAsync() },
      Way("typed, propagated untyped", Ways.typedPlace, .inferred) { try Ways.typedPassedOn() },
      Way("typed, rethrown untyped", Ways.typedPlace, .inferred) { try Ways.typedThrownOn() },
      Way("catch and throw", Ways.plainPlace) { try Ways.thrownOn() },
      Way("catch as a type and throw", Ways.plainPlace, .inferred) { try Ways.castAndThrownOn() },
      Way("catch and throw as NSError", Ways.plainPlace, .inferred) { try Ways.bridged() },
      Way("wrapped in another error", Ways.wrappedPlace) { try Ways.wrapped() },
      Way("wrapped in a typed error", Ways.typedWrappedPlace, .inferred) { try Ways.typedWrapped() },
      Way("Result.get()", Ways.plainPlace) { try Ways.result() },
      Way("task group, waitForAll()", Ways.asyncPlace, .exactUnlessLogged) { try await Ways.group() },
      Way("task group, next()", Ways.asyncPlace, .exactUnlessLogged) { try await Ways.groupByNext() },
      Way("discarding task group", Ways.asyncPlace) { try await Ways.discardingGroup() },
      Way("task group, typed", Ways.typedAsyncPlace, .inferred) { try await Ways.typedInGroup() },
      Way("async let", Ways.asyncPlace) { try await Ways.asyncLet() },
      Way("Task.value", Ways.asyncPlace) { try await Ways.taskValue() },
      Way("Task.result", Ways.asyncPlace, .exactUnlessLogged) { try await Ways.taskResult() },
      Way("checked continuation", Ways.plainPlace) { try await Ways.checkedContinuation() },
      Way("unsafe continuation", Ways.plainPlace) { try await Ways.unsafeContinuation() },
      // A Dispatch queue has no span. Unless all throws are captured, only the awaiting place is known.
      capturesAll
        ? Way("continuation, from a queue", Ways.plainPlace) { try await Ways.queueContinuation() }
        : Way("continuation, from a queue", Ways.queuePlace, .inferred) { try await Ways.queueContinuation() },
      Way("AsyncThrowingStream", Ways.plainPlace) { try await Ways.stream() },
      Way("AsyncThrowingStream, from a task", Ways.asyncPlace) { try await Ways.streamFromTask() },
      Way("JSONDecoder, nested", Ways.decodingPlace) { try Ways.decoded() },
      Way("deep recursion", Ways.deepPlace) { try Ways.descend(100) },
      Way("another case after a retry", Ways.exhaustedPlace) { try Ways.retried() },
      Way("constant", Ways.constantPlace, .inferred) { try Ways.constant() },
      Way("constant, thrown elsewhere before", Ways.otherConstantPlace, .inferred) {
        try Ways.swallowedConstant()
      },
      Way("kept and thrown later", Ways.plainPlace, .exactUnlessLogged) { try Ways.pooled() },
    ]
  }
}

/// One way, recorded in one place.
struct Check {
  private let way: Way
  private let place: RecordPlace
  init(_ way: Way, _ place: RecordPlace) {
    self.way = way
    self.place = place
  }

  struct Result {
    let text: String
    let isRight: Bool
  }

  func run(_ telemetry: TelemetryCapture) async {
    let log = telemetry.logger()
    switch place {
    case .inside:
      await withSpan("span") { _ in do { try await way.body() } catch { log.error("failed", error: error) } }
    case .outside:
      do { try await withSpan("span") { _ in try await way.body() } } catch { log.error("failed", error: error) }
    case .further:
      do { try await passOn { try await withSpan("span") { _ in try await way.body() } } } catch {
        log.error("failed", error: error)
      }
    case .recovered:
      await withSpan("span") { _ in
        await withRecovery("failed", logger: log) {
          try await way.body()
        } fallback: { _ in
        }
      }
    }
  }

  func result(_ telemetry: TelemetryCapture) -> Result {
    result(of: telemetry.records().first { $0.event == "failed" }, telemetry.spans().first { $0.name == "span" })
  }

  @inline(never) private func passOn(_ body: () async throws -> Void) async throws {
    do { try await body() } catch {
      Ways.keep(28)
      throw error
    }
  }

  private func result(of record: RecordedEvent?, _ span: FinishedSpan?) -> Result {
    func text(_ key: String) -> String? { record?[key]?.text }
    let source = text("error.stack_source") ?? "no source"
    let stack = (text("error.stack_trace") ?? "").split(separator: "\n").map(String.init)
    let top = stack.first { !$0.hasPrefix("…") } ?? "no stack"
    // The functions that a decoder calls in the program are generated by the compiler; the program's own function is
    // below them.
    let frames = way.name.hasPrefix("JSONDecoder") ? stack : [top]
    let isPlace = frames.contains { $0.hasPrefix("\(way.place.function) at Ways.swift") } && holds(line: frames)
    var complaints: [String] = []
    if !isPlace { complaints.append(source == "exact" ? "WRONG AND CALLED EXACT" : "wrong place") }
    if isPlace, way.certainty.isExact(place), source != "exact" { complaints.append("not exact") }
    for caller in way.callers where !stack.contains(where: { $0.hasPrefix(caller + " at ") }) {
      complaints.append("\(caller) is missing")
    }
    if stack.contains(where: { $0.contains("Spoor") }) { complaints.append("frames of Spoor") }
    if place == .outside || place == .further || place == .recovered {
      complaints += disagreements(record, span, top, source)
    }
    let isRight = complaints.isEmpty
    let rethrown = text("error.rethrown_at").map { ", rethrown at \($0)" } ?? ""
    return Result(
      text: "\(isRight ? "ok   " : "WRONG") \(way.name), \(place.rawValue): \(source), \(top)\(rethrown)"
        + (isRight ? "" : ": \(complaints.joined(separator: ", ")); should be \(way.place), \(stack)"),
      isRight: isRight)
  }

  private func holds(line frames: [String]) -> Bool {
    frames.contains { $0.hasSuffix(":\(way.place.line)") }
  }

  /// Checks that the span of the throw and the log record describe the same failure.
  private func disagreements(
    _ record: RecordedEvent?, _ span: FinishedSpan?, _ top: String, _ source: String
  ) -> [String] {
    guard case .integer(let id)? = record?["error.id"] else { return ["no error.id"] }
    var result: [String] = []
    let attributes = span?.attributes ?? [:]
    if attributes["error.id"] != .integer(id) { result.append("the span has another error.id") }
    let sourceOfSpan = attributes["error.stack_source"]?.text ?? "exact"
    if sourceOfSpan != source { result.append("the span's stack is \(sourceOfSpan)") }
    let first = attributes["error.stack_trace"]?.text?.split(separator: "\n").first { !$0.hasPrefix("…") }.map(
      String.init)
    if first != top { result.append("the span has \(first ?? "no stack")") }
    return result
  }
}
