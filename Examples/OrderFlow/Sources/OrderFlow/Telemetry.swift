// SPDX-License-Identifier: Apache-2.0

import Spoor
import Tracing

/// The order flow's use of Spoor, apart from `withRecovery`. Everything else is swift-log and
/// swift-distributed-tracing.
enum Telemetry {
  /// Installs tracing and logging for this process, configured by the environment.
  static func start(_ role: ServiceRole) throws -> SpoorSystem {
    try SpoorSystem.bootstrap(service: role.rawValue)
  }

  /// The id of the active trace, 32 hexadecimal digits, or `nil` outside a trace.
  static var currentTraceID: String? {
    ServiceContext.current?.traceContext?.traceID.description
  }

  /// Adds an event to the active span. Does nothing outside a span.
  static func addEvent(_ name: String, _ attributes: SpanAttributes = [:]) {
    guard let context = ServiceContext.current else { return }
    InstrumentationSystem.tracer.activeSpan(identifiedBy: context)?.addEvent(
      SpanEvent(name: name, attributes: attributes))
  }

  /// The headers with which a message's reader continues the active trace.
  static func messageHeaders() -> [String: String] {
    var headers: [String: String] = [:]
    if let context = ServiceContext.current {
      InstrumentationSystem.instrument.inject(context, into: &headers, using: HeaderDictionary())
    }
    return headers
  }

  /// The context of a received message.
  static func context(of headers: [String: String]) -> ServiceContext {
    var context = ServiceContext.topLevel
    InstrumentationSystem.instrument.extract(headers, into: &context, using: HeaderDictionary())
    return context
  }
}
