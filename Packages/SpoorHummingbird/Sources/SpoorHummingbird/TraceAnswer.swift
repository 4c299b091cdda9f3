// SPDX-License-Identifier: Apache-2.0

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Spoor
internal import Synchronization
internal import Tracing

/// Outside of the tracing middleware: tells samplers the path, and writes the trace's id into the answer.
struct TraceAnswer<Context: RequestContext>: RouterMiddleware {
  let header: HTTPField.Name?

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let trace = RequestTrace()
    var origin = ServiceContext.current ?? .topLevel
    origin.requestPath = request.uri.path
    origin[RequestTrace.Key.self] = trace
    var response: Response
    do {
      response = try await ServiceContext.$current.withValue(origin) { try await next(request, context) }
    } catch let error as any HTTPResponseError {
      response = try error.response(from: request, context: context)
    } catch {
      // The tracing middleware has recorded the error.
      context.logger.debug("unrecognised error", error: error)
      response = Response(status: .internalServerError)
    }
    if let header, let id = trace.id { response.headers[header] = id }
    return response
  }
}

/// Inside of the tracing middleware: names the span after the route, and notes the trace's id for the answer.
struct RouteSpan<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let current = ServiceContext.current {
      current[RequestTrace.Key.self]?.id = current.traceContext?.traceID.description
      if let path = context.endpointPath {
        InstrumentationSystem.tracer.activeSpan(identifiedBy: current)?.operationName = path
      }
    }
    return try await next(request, context)
  }
}

/// The trace of a request, which begins after the context for it has been made.
final class RequestTrace: Sendable {
  enum Key: ServiceContextKey {
    typealias Value = RequestTrace
  }

  private let value = Mutex<String?>(nil)

  /// The trace's id, once it has begun.
  var id: String? {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }
}
