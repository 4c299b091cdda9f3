// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorJournal
internal import Tracing

extension TelemetryCapture {
  /// Runs `operation` with this capture's tracer and logger bound to the task and its children (`withTracer`,
  /// `withLogger`). Nothing global is changed.
  ///
  /// It captures the spans of `withSpan` and `InstrumentationSystem.tracer`, and the records of `Logger.current`. A
  /// logger that the code under test makes itself (`Logger(label:)`) is not captured; pass it one of ``logger(_:)``.
  public func capture<Result, Failure: Error>(_ operation: () throws(Failure) -> Result) throws(Failure) -> Result {
    try withTracer(tracer) { () throws(Failure) in
      try withLogger(logger()) { _ throws(Failure) in try operation() }
    }
  }

  /// Runs an asynchronous `operation` with this capture's tracer and logger bound to the task and its children.
  /// Detached tasks are not captured.
  public nonisolated(nonsending) func capture<Result, Failure: Error>(
    _ operation: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withTracer(tracer) { () async throws(Failure) in
      try await withLogger(logger()) { _ async throws(Failure) in try await operation() }
    }
  }

  // MARK: Waiting

  /// Waits for a span of this name to end, and returns the first; `*` stands for any characters.
  ///
  /// - Throws: ``NotRecordedInTime``, with the names of the spans that have ended, after the limit.
  public func span(_ name: String, within limit: Duration = .seconds(10)) async throws -> FinishedSpan {
    try await first(limit, of: { spans() }, what: "a span \"\(name)\"", name: \.name) {
      NamePattern(name).matches($0.name)
    }
  }

  /// Waits for a record of this event, and returns the first; `*` stands for any characters.
  ///
  /// - Throws: ``NotRecordedInTime``, with the events that were recorded, after the limit.
  public func record(_ event: String, within limit: Duration = .seconds(10)) async throws -> RecordedEvent {
    try await first(limit, of: { records() }, what: "a record \"\(event)\"", name: \.event) {
      NamePattern(event).matches($0.event)
    }
  }

  private func first<Found>(
    _ limit: Duration, of all: () -> [Found], what: String, name: (Found) -> String, where fits: (Found) -> Bool
  ) async throws -> Found {
    let deadline = ContinuousClock.now + limit
    while true {
      let found = all()
      if let first = found.first(where: fits) { return first }
      guard ContinuousClock.now < deadline else {
        throw NotRecordedInTime(expected: what, found: found.map(name), limit: limit)
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}

/// Runs `body` with a new capture, whose tracer and logger are bound to the task: see ``TelemetryCapture``.
///
/// ```swift
/// try await withTelemetryCapture { telemetry in
///   try await placeOrder()
///   try await telemetry.expectTrace(SpanShape("place order") { SpanShape("reserve") })
/// }
/// ```
public nonisolated(nonsending) func withTelemetryCapture<Result>(
  service: String = "test", _ body: nonisolated(nonsending) (TelemetryCapture) async throws -> Result
) async throws -> Result {
  let telemetry = try TelemetryCapture(service: service)
  return try await telemetry.capture { try await body(telemetry) }
}
