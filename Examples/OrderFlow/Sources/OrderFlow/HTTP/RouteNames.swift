// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Tracing

/// Names the request's span after its route at once.
///
/// Hummingbird's tracing middleware names the span when the answer is ready. Until then it is called "route not found",
/// also in the records of failures.
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
