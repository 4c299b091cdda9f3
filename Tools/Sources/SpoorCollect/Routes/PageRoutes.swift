// SPDX-License-Identifier: Apache-2.0

import CPage
import HTTPTypes
import Hummingbird
import NIOCore

/// The page, whose files are embedded in the program (`Sources/CPage`).
struct PageRoutes: Sendable {
  let basePath: String

  var endpoints: [Endpoint] {
    var endpoints: [Endpoint] = []
    for index in 0..<spoor_page_count() {
      let file = unsafe spoor_page_file(index)
      guard let name = unsafe file.name, let bytes = unsafe file.bytes else { continue }
      let path = unsafe String(cString: name)
      let content = unsafe ByteBuffer(bytes: UnsafeBufferPointer(start: bytes, count: file.size))
      let tag = "\"\(String(Signature.hash(content.readableBytesView), radix: 16))\""
      let type = Self.type(of: path)
      let isPage = path == "index.html"
      endpoints.append(
        .get(isPage ? "/" : "/page/\(path)", access: isPage ? .link : .own) { [basePath] request in
          // The page's files are relative to its address, which therefore must end in a slash.
          if isPage, !request.request.uri.path.hasSuffix("/") {
            let query = request.request.uri.query.map { "?\($0)" } ?? ""
            return Response.redirect(to: "\(basePath)/\(query)", type: .found)
          }
          let headers: HTTPFields = [.contentType: type, .eTag: tag, .cacheControl: "no-cache"]
          if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
          return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: content))
        })
    }
    // Zipkin's own addresses, to which other programs link.
    for path in ["/zipkin/traces/:id", "/traces/:id"] {
      endpoints.append(
        .get(path, access: .link) { [basePath] request in
          let id = request.pathValue.filter { $0.isASCII && $0.isHexDigit }
          return Response.redirect(to: "\(basePath)/?trace=\(id)", type: .found)
        })
    }
    endpoints.append(
      .get("/zipkin", access: .link) { [basePath] request in
        Response.redirect(to: "\(basePath)/\(ZipkinLink(request.parameters).query)", type: .found)
      })
    endpoints.append(
      .get("/zipkin/dependency", access: .link) { [basePath] _ in
        Response.redirect(to: "\(basePath)/?view=map", type: .found)
      })
    return endpoints
  }

  private static func type(of path: String) -> String {
    if path.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
    if path.hasSuffix(".css") { return "text/css; charset=utf-8" }
    if path.hasSuffix(".svg") { return "image/svg+xml" }
    return "text/html; charset=utf-8"
  }
}
