// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The lines of standard input, each at most ``maximumLine`` bytes long.
struct LineInput: ~Copyable {
  static let maximumLine = 1 << 20

  enum Line {
    case whole([UInt8])
    /// A line that is longer, without its content.
    case tooLong
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var start = 0
  private var isSkipping = false
  private var isAtEnd = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// The next line without its end; `nil` at the end. It blocks until there is one.
  mutating func next() -> Line? {
    while true {
      if let end = buffer[start...].firstIndex(of: 0x0A) {
        defer {
          start = end + 1
          isSkipping = false
        }
        if isSkipping || end - start > Self.maximumLine { return .tooLong }
        return .whole(Array(buffer[start..<end]))
      }
      guard !isAtEnd else { return nil }
      buffer.removeFirst(start)
      start = 0
      if buffer.count > Self.maximumLine {
        isSkipping = true
        buffer.removeAll(keepingCapacity: true)
      }
      read()
    }
  }

  private mutating func read() {
    let room = 64 << 10
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: room))
    var count: Int
    repeat {
      count = unsafe buffer.withUnsafeMutableBytes { unsafe Foundation.read(descriptor, $0.baseAddress! + old, room) }
    } while count < 0 && errno == EINTR
    buffer.removeLast(room - max(0, count))
    guard count <= 0 else { return }
    isAtEnd = true
    // A last line without an end is a line as well.
    if buffer.count > 0 { buffer.append(0x0A) }
  }
}
