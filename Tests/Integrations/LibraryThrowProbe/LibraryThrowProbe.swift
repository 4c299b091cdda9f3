// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import SpoorTesting
import Tracing

/// Throws and passes errors on in the ways of NIO, AsyncHTTPClient, GRDB and Hummingbird, records each in several
/// places, and checks the function, the line and the certainty of each record.
///
///     LibraryThrowProbe
///
/// Prints a line for each and ends with 1 if one of them is wrong. A program and not a test, because stacks differ
/// between a debug build, an optimised one, and one with the standard library inside (scripts/test-release.sh).
@main
struct LibraryThrowProbe {
  static func main() async throws {
    var outcomes: [Outcome] = []
    for way in LibraryThrow.all {
      for place in RecordPlace.allCases { outcomes.append(try await outcome(of: way, in: place)) }
    }
    for route in Routes.all {
      for isInside in [true, false] { outcomes.append(try await Routes.outcome(of: route, isLoggedInside: isInside)) }
    }
    for outcome in outcomes { print(outcome) }
    let failures = outcomes.count { !$0.complaints.isEmpty }
    print(failures == 0 ? "\(outcomes.count) stacks are right" : "\(failures) of \(outcomes.count) wrong")
    exit(failures == 0 ? 0 : 1)
  }

  private static func outcome(of way: LibraryThrow, in place: RecordPlace) async throws -> Outcome {
    let telemetry = try TelemetryCapture()
    let log = telemetry.logger("shop")
    await telemetry.capture {
      switch place {
      case .inside:
        await withSpan("span") { _ in do { try await way.body(telemetry) } catch { log.error("failed", error: error) } }
      case .outside:
        do { try await withSpan("span") { _ in try await way.body(telemetry) } } catch {
          log.error("failed", error: error)
        }
      case .recovered:
        await withSpan("span") { _ in
          await withRecovery("failed", logger: log) {
            try await way.body(telemetry)
          } fallback: { _ in
          }
        }
      }
    }
    return Outcome(
      name: "\(way.name), \(place.rawValue)", record: telemetry.records().first { $0.event == "failed" },
      spans: telemetry.spans(), place: way.place, sources: way.sources,
      rethrownIn: way.rethrownIn, isOfSpan: place != .inside)
  }
}

/// Where a failure is recorded.
enum RecordPlace: String, CaseIterable {
  case inside = "logged inside"
  case outside = "logged outside withSpan"
  case recovered = "withRecovery"
}

/// What the record of a failure and the span of its throw say, and what is wrong with that.
struct Outcome: CustomStringConvertible {
  let name: String
  private let source: String
  private let stack: [String]
  private let rethrown: String?
  let complaints: [String]

  init(
    name: String, record: RecordedEvent?, spans: [FinishedSpan], place: Place, sources: Set<String>,
    rethrownIn: String? = nil, isOfSpan: Bool
  ) {
    self.name = name
    source = record?["error.stack_source"]?.text ?? "no source"
    stack = (record?["error.stack_trace"]?.text ?? "").split(separator: "\n").map(String.init)
    rethrown = record?["error.rethrown_at"]?.text
    let top = stack.first { !$0.hasPrefix("…") } ?? "no stack"
    var complaints: [String] = []
    if !(top.hasPrefix("\(place.function) at ") && top.hasSuffix(":\(place.line)")) {
      complaints.append("\(source == "exact" ? "WRONG AND CALLED EXACT" : "wrong place"), should be \(place)")
    }
    if !sources.contains(source) { complaints.append("should be \(sources.sorted())") }
    if let rethrownIn, rethrown?.hasPrefix(rethrownIn) != true {
      complaints.append("should be rethrown in \(rethrownIn)")
    }
    // The first span that the error came through has it whole, those around it refer to it.
    let id = record?["error.id"]
    if isOfSpan, id == nil || !spans.contains(where: { $0.attributes["error.id"] == id }) {
      complaints.append("the spans have another error.id")
    }
    self.complaints = complaints
  }

  var description: String {
    let top = stack.first { !$0.hasPrefix("…") } ?? "no stack"
    let text = "\(name): \(source), \(top)\(rethrown.map { ", thrown on at \($0)" } ?? "")"
    return complaints.isEmpty
      ? "ok    \(text)" : "WRONG \(text): \(complaints.joined(separator: ", ")); \(stack)"
  }
}
