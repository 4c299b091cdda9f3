import HTTPTypes
import Hummingbird
import NIOCore

/// Says to a browser what our page may do: nothing but with this server.
struct SafeAnswers<Context: RequestContext>: RouterMiddleware {
  private static var policy: String {
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
      + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as HTTPError {
      response = Answers.text(error.body ?? error.status.reasonPhrase, status: error.status)
      for field in error.headers { response.headers[field.name] = field.value }
    }
    for (name, value) in Self.fields where response.headers[name] == nil { response.headers[name] = value }
    return response
  }

  private static var fields: [(HTTPField.Name, String)] {
    var fields: [(HTTPField.Name, String)] = [
      (.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"), (.cacheControl, "no-store"),
    ]
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
      ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ] {
      if let name = HTTPField.Name(name) { fields.append((name, value)) }
    }
    return fields
  }
}
