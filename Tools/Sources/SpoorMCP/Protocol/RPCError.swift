// SPDX-License-Identifier: Apache-2.0

/// An error of JSON-RPC 2.0.
struct RPCError: Error, Equatable {
  enum Code: Int64, Sendable {
    /// The line is not JSON.
    case parse = -32700
    /// The JSON is no request, or not at this time.
    case invalidRequest = -32600
    case unknownMethod = -32601
    case invalidParameters = -32602
    /// The request names a version of the protocol that is not spoken here.
    case unsupportedVersion = -32022
  }

  let code: Code
  let message: String
  var data: JSON?

  init(_ code: Code, _ message: String, data: JSON? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  var json: JSON {
    .record(["code": .int(code.rawValue), "message": .string(message), "data": data])
  }
}
