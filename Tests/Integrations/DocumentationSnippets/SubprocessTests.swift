// SPDX-License-Identifier: Apache-2.0

import Spoor
import SpoorTesting
import Testing

/// The code of the article "Functions and batch jobs", which scripts/snippets.py puts beside this file, in use.
@Suite struct SubprocessTests {
  @Test func `a child that swift-subprocess starts gets the span that started it`() async throws {
    let telemetry = try TelemetryCapture()
    let output = try #require(try await renderReport(telemetry.tracer))
    let span = try await telemetry.span("render report")
    let variables = output.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let parent = variables.first { $0[0] == "TRACEPARENT" }
    #expect(parent == ["TRACEPARENT", "00-\(span.traceID)-\(span.spanID)-01"])
    #expect(variables.contains { $0[0] == "PATH" }, "the other variables are passed on")
  }
}
