import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SpoorModel

/// What Zipkin has no API for: log records, and a trace together with its logs.
struct SpoorRoutes: Sendable {
  let store: TraceStore
  let configuration: CollectorConfiguration

  func add(to router: Router<BasicRequestContext>) {
    router.post("/logs") { request, _ in try await takeLogs(request) }
    router.get("/api/spoor/trace/:id") { _, context in try trace(context) }
  }

  /// NDJSON. Lines that are no JSON objects are counted in the answer, the others are kept.
  private func takeLogs(_ request: Request) async throws -> Response {
    let body = try await BodyReader(configuration: configuration).read(request)
    let lines = body.split(separator: UInt8(ascii: "\n"))
    let records = lines.compactMap { LogLine($0) }
    store.add(logs: records)
    return Answers.json(
      Array(#"{"taken":\#(records.count),"malformed":\#(lines.count - records.count)}"#.utf8), status: .accepted)
  }

  /// `{"spans":[…],"logs":[…]}`, spans as Zipkin has them, logs as they were received, in order of time.
  private func trace(_ context: BasicRequestContext) throws -> Response {
    do throws(SpanError) {
      let id = try ZipkinTraceID((context.parameters.get("id") ?? "").trimmingCharacters(in: .whitespaces))
      let spans = store.spans(of: id)
      let logs = store.logs(of: id)
      guard spans != nil || !logs.isEmpty else { return Answers.text("\(id) not found", status: .notFound) }
      var writer = JSONWriter()
      writer.object { writer in
        writer.key("spans")
        writer.raw(ZipkinJSONEncoder.bytes(TraceMerge.merged(spans ?? [])))
        writer.key("logs")
        writer.array { writer in for line in logs { writer.raw(line.json) } }
      }
      return Answers.json(writer.bytes)
    } catch {
      return Answers.text(error.description, status: .badRequest)
    }
  }
}
