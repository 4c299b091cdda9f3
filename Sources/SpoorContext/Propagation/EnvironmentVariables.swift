// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// Reads and writes trace context in environment variables, by which a process passes it on to the processes that it
/// starts: `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, with the values of W3C's headers.
///
/// https://opentelemetry.io/docs/specs/otel/context/env-carriers/
struct EnvironmentVariables: Extractor, Injector {
  /// Names and values.
  typealias Carrier = [String: String]

  /// The variables.
  static let names = [Header.traceparent, Header.tracestate, Header.baggage].map { $0.uppercased() }

  /// The value of the variable for a header; `nil` for a header that has none.
  func extract(key: String, from carrier: [String: String]) -> String? {
    let name = key.uppercased()
    return Self.names.contains(name) ? carrier[name] : nil
  }

  /// Sets the variable for a header; nothing happens for a header that has none.
  func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
    let name = key.uppercased()
    if Self.names.contains(name) { carrier[name] = value }
  }
}

extension TracePropagator {
  /// The propagator for environments: W3C's formats, if any format is configured. The parent process chose the values,
  /// so they are trusted.
  private var forEnvironments: TracePropagator {
    let formats: [PropagationFormat] = formats.isEmpty ? [] : [.tracecontext]
    return TracePropagator(
      formats: self.formats.contains(.baggage) ? formats + [.baggage] : formats, baggageKeys: baggageKeys,
      trustedPeers: .all, writesTraceState: writesTraceState)
  }

  /// Sets `context.remoteTraceContext` and `context.baggage` from the variables of an environment.
  public func extract(fromEnvironment environment: [String: String], into context: inout ServiceContext) {
    forEnvironments.extract(from: environment, using: EnvironmentVariables(), into: &context)
  }

  /// The environment for a child process of a span: without the variables that this process inherited, and with those
  /// of the span if there is one.
  public func environment(
    for traceContext: TraceContext?, baggage: Baggage?, extending environment: [String: String]
  ) -> [String: String] {
    var environment = environment
    for name in EnvironmentVariables.names { environment[name] = nil }
    let propagator = forEnvironments
    if let traceContext {
      propagator.inject(traceContext, baggage: baggage, into: &environment, using: EnvironmentVariables())
    } else {
      propagator.inject(samplingOnly: .undecided, baggage: baggage, into: &environment, using: EnvironmentVariables())
    }
    return environment
  }
}
