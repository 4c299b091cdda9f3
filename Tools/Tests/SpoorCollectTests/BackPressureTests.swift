// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SpoorCollect

/// The responses of a collector that cannot accept more.
@Suite struct BackPressureTests {
  /// A list of spans, each in its own trace.
  private static func body(_ first: Int, count: Int) -> Data {
    let spans = (first..<first + count).map { number in
      #"{"traceId":"\#(String(number + 1, radix: 16))","id":"1","name":"work","timestamp":1699366981234567}"#
    }
    return Data("[\(spans.joined(separator: ","))]".utf8)
  }

  @Test func whatWaitsBeyondTheBoundIs429WithRetryAfter() async throws {
    var configuration = CollectorConfiguration(port: 0)
    configuration.maximumWaitingBytes = 1
    try await RunningCollector.with(configuration) { collector async throws in
      var taken = 0
      var refused = 0
      // The first of several concurrent requests is accepted; the others wait or are refused.
      for round in 0..<100 where refused == 0 {
        let answers = try await withThrowingTaskGroup(of: RunningCollector.Answer.self) { group in
          for sender in 0..<8 {
            let body = Self.body((round * 8 + sender) * 500, count: 500)
            group.addTask { try await collector.post("/api/v2/spans", body) }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        for answer in answers {
          let isExpected = answer.status == 202 || (answer.status == 429 && answer.retryAfter == "1")
          #expect(isExpected, "\(answer.status) \(answer.text.prefix(100))")
          if answer.status == 202 { taken += 1 } else { refused += 1 }
        }
      }
      #expect(refused > 0)
      #expect(try await collector.metric("spoor_collector_spans_total") == taken * 500)
      #expect(try await collector.metric("spoor_collector_spans_refused_total") == refused * 500)
    }
  }

  @Test func allBodiesTogetherHaveABoundThatOneAloneNeedNotKeep() {
    let budget = BodyBudget(limit: 100)
    let one = BodyBudget.Share(budget)
    let other = BodyBudget.Share(budget)
    let (first, tooMuch) = (one.grow(by: 60), other.grow(by: 50))
    #expect(first && !tooMuch)
    let (second, oneMore) = (other.grow(by: 40), one.grow(by: 1))
    #expect(second && !oneMore)
    other.empty()
    // A single request is accepted whatever its size.
    let (alone, beside) = (one.grow(by: 1000), other.grow(by: 1))
    #expect(alone && !beside)
    one.empty()
    let afterwards = other.grow(by: 1000)
    #expect(afterwards)
  }
}
