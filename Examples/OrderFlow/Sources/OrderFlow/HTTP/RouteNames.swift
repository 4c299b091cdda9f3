import Hummingbird
import Tracing

/// Gives the request's span its route at once.
///
/// Hummingbird's tracing middleware names the span when the answer is there; until then it is called "route not found",
/// also in the records of failures on the way.
struct RouteNames<Context: RequestContext>: RouterMiddleware {
  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let path = context.endpointPath, let current = ServiceContext.current,
      let span = InstrumentationSystem.tracer.activeSpan(identifiedBy: current)
    {
      span.operationName = path
    }
    return try await next(request, context)
  }
}
