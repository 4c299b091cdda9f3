// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Foundation
import Spoor
import Tracing

/// Measures the additional cost of a throw when the capture of stacks is on: untyped, 10 calls below the `catch`,
/// inside and outside a span.
///
///     ThrowCost [PAIRS]
///
/// Runs with and without capture in turn, 200 000 throws each. Prints one JSON object with the nanoseconds per throw of
/// each.
@main
struct ThrowCost {
  struct Failed: Error {}

  @inline(never)
  static func fail(_ depth: Int) throws -> Int {
    if depth == 0 { throw Failed() }
    return try fail(depth - 1) + 1
  }

  static func round() -> Double {
    let count = 200_000
    var caught = 0
    let began = ThreadClock.now
    for _ in 0..<count {
      do { caught += try fail(10) } catch { caught += 1 }
    }
    let took = ThreadClock.now - began
    precondition(caught == count)
    return Double(took) / Double(count)
  }

  static func main() async throws {
    let pairs = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 11 : 11
    var configuration = SpoorConfiguration()
    configuration.journal.location = .memory
    configuration.export.endpoints = ["http://127.0.0.1:9/api/v2/spans"]
    let spoor = try SpoorSystem.bootstrap(service: "cost", configuration: configuration, install: [.tracing])
    var figures: [String: [Double]] = [:]
    func pair(_ name: String) {
      spoor.setStackCapture(.off)
      let off = round()
      spoor.setStackCapture(.activeSpan)
      let on = round()
      figures["\(name), not armed", default: []].append(off)
      figures["\(name), armed", default: []].append(on)
    }
    for _ in 0..<pairs + 2 {
      pair("outside a span")
      withSpan("span") { _ in pair("inside a span") }
    }
    await spoor.shutdown(timeout: .milliseconds(100))
    let data = try JSONSerialization.data(
      withJSONObject: figures.mapValues { Array($0.dropFirst(2)) }, options: [.sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }
}
