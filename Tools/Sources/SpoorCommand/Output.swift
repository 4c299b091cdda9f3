import Foundation

/// Standard output and standard error, written in pieces of some size.
struct Output: ~Copyable {
  private var pending: [UInt8] = []
  /// Whether nobody reads any more.
  private(set) var isClosed = false

  mutating func line(_ text: String) { line(Array(text.utf8)) }

  mutating func line(_ bytes: [UInt8]) {
    pending += bytes
    pending.append(UInt8(ascii: "\n"))
    if pending.count >= 64 << 10 { flush() }
  }

  mutating func flush() {
    var rest = pending[...]
    while !rest.isEmpty, !isClosed {
      let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { isClosed = true } else { rest = rest.dropFirst(count) }
    }
    pending.removeAll(keepingCapacity: true)
  }

  static func complain(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("spoor: \(text)\n".utf8))
  }
}
