// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// The response of a request. libcurl's callbacks fill it.
final class CurlAnswer {
  private let limit: Int
  private(set) var body: [UInt8] = []
  /// Whether the head of a final response (not 1xx) has been received completely. Until then the status is meaningless.
  private(set) var isHeadComplete = false
  private var isFinal = false
  private var headBytes = 0

  /// The maximum size of a head in bytes; a usual one has a few hundred.
  private static let headLimit = 64 * 1024

  init(limit: Int) { self.limit = limit }

  func reset() {
    body.removeAll(keepingCapacity: true)
    (isHeadComplete, isFinal, headBytes) = (false, false, 0)
  }

  /// Adds a piece of the body. Returns `false`, which ends the request, if it exceeds the limit.
  func take(body piece: UnsafeRawBufferPointer) -> Bool {
    guard body.count + piece.count <= limit else {
      unsafe body.append(contentsOf: piece.prefix(limit - body.count))
      return false
    }
    unsafe body.append(contentsOf: piece)
    return true
  }

  /// Adds one line of the head with its line end. Returns `false` if it exceeds the limit.
  func take(headLine line: UnsafeRawBufferPointer) -> Bool {
    headBytes += line.count
    guard headBytes <= Self.headLimit else { return false }
    let text = unsafe Text(line)
    if text.hasPrefix("HTTP/") {
      // 1xx responses such as `HTTP/1.1 100 Continue` come before the final one.
      let status = unsafe line.drop { $0 != UInt8(ascii: " ") }.dropFirst()
      isFinal = unsafe status.first.map { $0 != UInt8(ascii: "1") } ?? false
      isHeadComplete = false
    } else if text == "\r\n" || text == "\n" {
      isHeadComplete = isFinal
    }
    return true
  }

  /// The body as one line of text, at most 300 characters of it.
  var excerpt: String { Self.line(String(decoding: body.prefix(1200), as: UTF8.self)) }

  /// A text as one line without control characters, at most 300 characters of it.
  static func line(_ text: String) -> String {
    let line = text.unicodeScalars.prefix(1200).map { $0.properties.generalCategory == .control ? " " : $0 }
    let words = String(String.UnicodeScalarView(line)).split(separator: " ").joined(separator: " ")
    return words.count > 300 ? words.prefix(300) + "…" : words
  }
}
