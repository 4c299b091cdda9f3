import CPage
import HTTPTypes
import Hummingbird
import NIOCore

/// The page: its files lie in the program (`Sources/CPage`).
struct PageRoutes: Sendable {
  func add(to router: Router<BasicRequestContext>) {
    for index in 0..<spoor_page_count() {
      let file = unsafe spoor_page_file(index)
      guard let name = unsafe file.name, let bytes = unsafe file.bytes else { continue }
      let path = unsafe String(cString: name)
      let content = unsafe ByteBuffer(bytes: UnsafeBufferPointer(start: bytes, count: file.size))
      let tag = "\"\(String(Signature.hash(content.readableBytesView), radix: 16))\""
      let type = Self.type(of: path)
      router.get(RouterPath(path == "index.html" ? "/" : "/page/\(path)")) { request, _ in
        let headers: HTTPFields = [.contentType: type, .eTag: tag, .cacheControl: "no-cache"]
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: content))
      }
    }
    // Zipkin's own addresses, which other programs link to.
    for prefix in ["/zipkin/traces/:id", "/traces/:id"] {
      router.get(RouterPath(prefix)) { _, context in
        let id = (context.parameters.get("id") ?? "").filter { $0.isASCII && $0.isHexDigit }
        return Response.redirect(to: "/?trace=\(id)", type: .found)
      }
    }
    router.get("/zipkin") { _, _ in Response.redirect(to: "/", type: .found) }
  }

  private static func type(of path: String) -> String {
    if path.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
    if path.hasSuffix(".css") { return "text/css; charset=utf-8" }
    if path.hasSuffix(".svg") { return "image/svg+xml" }
    return "text/html; charset=utf-8"
  }
}
