import SpoorBytes

/// What has come of an answer: libcurl's callbacks fill it during a request.
final class CurlAnswer {
  private let limit: Int
  private(set) var body: [UInt8] = []
  /// Whether the head of a final answer (not 1xx) came whole: before that its status means nothing.
  private(set) var isHeadComplete = false
  private var isFinal = false
  private var headBytes = 0

  /// A head is some hundred bytes; nobody needs more than this.
  private static let headLimit = 64 * 1024

  init(limit: Int) { self.limit = limit }

  func reset() {
    body.removeAll(keepingCapacity: true)
    (isHeadComplete, isFinal, headBytes) = (false, false, 0)
  }

  /// Takes a piece of the body; false where there is more than is wanted, which ends the request.
  func take(body piece: UnsafeRawBufferPointer) -> Bool {
    guard body.count + piece.count <= limit else {
      unsafe body.append(contentsOf: piece.prefix(limit - body.count))
      return false
    }
    unsafe body.append(contentsOf: piece)
    return true
  }

  /// Takes one line of the head, its end included; false where there is more than is wanted.
  func take(headLine line: UnsafeRawBufferPointer) -> Bool {
    headBytes += line.count
    guard headBytes <= Self.headLimit else { return false }
    let text = unsafe Text(line)
    if text.hasPrefix("HTTP/") {
      // `HTTP/1.1 100 Continue` comes before the answer; so does any other 1xx.
      let status = unsafe line.drop { $0 != UInt8(ascii: " ") }.dropFirst()
      isFinal = unsafe status.first.map { $0 != UInt8(ascii: "1") } ?? false
      isHeadComplete = false
    } else if text == "\r\n" || text == "\n" {
      isHeadComplete = isFinal
    }
    return true
  }

  /// The body as one line of text, at most 300 characters of it.
  var excerpt: String {
    let text = String(decoding: body.prefix(1200), as: UTF8.self)
    let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    let words = String(String.UnicodeScalarView(line)).split(separator: " ").joined(separator: " ")
    return words.count > 300 ? words.prefix(300) + "…" : words
  }
}
