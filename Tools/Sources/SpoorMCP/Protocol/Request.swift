// SPDX-License-Identifier: Apache-2.0

/// A request or a notification of JSON-RPC 2.0.
struct Request {
  /// A number or a text; `nil` for a notification.
  let id: JSON?
  let method: String
  /// The parameters; an empty object if there are none.
  let parameters: JSON

  /// Why a line is no request, with the id to answer with.
  struct Refusal: Error {
    let id: JSON
    let error: RPCError
  }

  /// Reads a line; `nil` if it is a response, which is not answered.
  init?(_ line: [UInt8]) throws(Refusal) {
    func refused(_ code: RPCError.Code, _ message: String, _ id: JSON = .null) -> Refusal {
      Refusal(id: id, error: RPCError(code, message))
    }
    guard let json = JSON(line) else {
      throw refused(.parse, "a message must be one line of JSON, at most \(JSON.maximumDepth) levels deep")
    }
    guard case .object = json else {
      let what = if case .array = json { "a batch" } else { json.kind }
      throw refused(.invalidRequest, "a message must be a JSON object, but is \(what)")
    }
    let id = json["id"]
    switch id {
    case nil, .int, .string: break
    default: throw refused(.invalidRequest, "id must be a string or a whole number, but is \(id?.kind ?? "missing")")
    }
    guard json["jsonrpc"] == .string("2.0") else {
      throw refused(.invalidRequest, "jsonrpc must be \"2.0\"", id ?? .null)
    }
    guard let method = json["method"] else {
      if json["result"] != nil || json["error"] != nil { return nil }
      throw refused(.invalidRequest, "method must be a string, but is missing", id ?? .null)
    }
    guard let method = method.text else {
      throw refused(.invalidRequest, "method must be a string, but is \(method.kind)", id ?? .null)
    }
    let parameters = json["params"] ?? .object([])
    guard case .object = parameters else {
      throw refused(.invalidRequest, "params must be an object, but is \(parameters.kind)", id ?? .null)
    }
    self.id = id
    self.method = method
    self.parameters = parameters
  }
}
