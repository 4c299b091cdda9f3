// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import Hummingbird

extension RouterMethods {
  /// Traces the requests of the routes that are added afterwards.
  ///
  /// - A request is a span of kind `server`, named after its route from the start. Hummingbird's own middleware names
  ///   it when the answer is ready; until then, also in records of failures, it is called "route not found".
  /// - Every answer has the trace's id in a header, also that of an error.
  /// - Sampling rules by path apply (`SPOOR_SAMPLING_RULES=path:/health*=0`).
  ///
  /// Routes that are added before, such as health checks, are not traced. Add this before other middleware: an error
  /// that reaches it is turned into its answer, as Hummingbird would do it, and is not thrown further.
  ///
  /// - Parameters:
  ///   - traceIDHeader: the header with the trace's id; `nil` for none.
  ///   - recordingHeaders: headers of requests and answers that become attributes, `http.request.header.NAME` and
  ///     `http.response.header.NAME`.
  @discardableResult
  public func addTracing(
    traceIDHeader: HTTPField.Name? = .traceID, recordingHeaders: some Collection<HTTPField.Name> = []
  ) -> Self {
    add(middleware: TraceAnswer<Context>(header: traceIDHeader))
      .add(middleware: TracingMiddleware<Context>(recordingHeaders: recordingHeaders))
      .add(middleware: RouteSpan<Context>())
  }
}

extension HTTPField.Name {
  /// `trace-id`, the header with the id of an answer's trace: 32 hexadecimal digits.
  public static let traceID = HTTPField.Name("trace-id")!
}
