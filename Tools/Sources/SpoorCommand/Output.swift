// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorSources

/// Standard output, written in blocks of 64 KiB, and standard error.
struct Output: ~Copyable {
  private var pending: [UInt8] = []
  /// Whether the reader of standard output has closed it.
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

  /// Checks without writing whether the reader of a pipe has closed it.
  mutating func checkReader() {
    var descriptor = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    if unsafe poll(&descriptor, 1, 0) > 0, descriptor.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 {
      isClosed = true
    }
  }

  /// Writes an error as one line.
  static func complain(_ text: String) { StandardError.complain(text) }
}
