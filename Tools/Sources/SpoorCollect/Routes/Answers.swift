import Hummingbird
import NIOCore
import SpoorModel

/// The bodies that routes answer with.
enum Answers {
  static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json", .xContentTypeOptions: "nosniff"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  static func names(_ names: [String]) -> Response {
    var writer = JSONWriter()
    writer.array { for name in names { $0.string(name) } }
    return json(writer.bytes)
  }

  static func traces(_ traces: [[ZipkinSpan]]) -> Response {
    var writer = JSONWriter()
    writer.array { writer in
      for trace in traces { writer.raw(ZipkinJSONEncoder.bytes(trace)) }
    }
    return json(writer.bytes)
  }

  /// Runs what stores; `nil` when it has, else the answer that says to come again: 429 when too much is waiting.
  static func afterStoring(_ store: () async throws -> Void) async throws -> Response? {
    do {
      try await store()
      return nil
    } catch let refusal as IngestQueue.Refusal {
      var response: Response
      switch refusal {
      case .full: response = text("Too much is waiting to be written", status: .tooManyRequests)
      case .failed(let reason): response = text("Cannot be stored: \(reason)", status: .serviceUnavailable)
      }
      response.headers[.retryAfter] = "1"
      return response
    }
  }
}
