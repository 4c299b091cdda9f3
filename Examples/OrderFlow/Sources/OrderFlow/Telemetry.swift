import Spoor
import Tracing

/// All that the order flow asks of Spoor beside `withRecovery`: everything else is swift-log and
/// swift-distributed-tracing, which know nothing of it.
enum Telemetry {
  /// Installs tracing and logging for this process, with the settings of the environment.
  static func start(_ role: ServiceRole) throws -> SpoorSystem {
    try SpoorSystem.bootstrap(service: role.rawValue)
  }

  /// The id of the trace that is active here, 32 hexadecimal digits; `nil` outside a trace.
  static var currentTraceID: String? {
    ServiceContext.current?.traceContext?.traceID.description
  }

  /// What a message has to carry for its reader to go on with the trace that is active here.
  static func messageHeaders() -> [String: String] {
    var headers: [String: String] = [:]
    if let context = ServiceContext.current {
      InstrumentationSystem.instrument.inject(context, into: &headers, using: HeaderDictionary())
    }
    return headers
  }

  /// The context that a message brought.
  static func context(of headers: [String: String]) -> ServiceContext {
    var context = ServiceContext.topLevel
    InstrumentationSystem.instrument.extract(headers, into: &context, using: HeaderDictionary())
    return context
  }
}
