// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A collector on a thread of this process that accepts everything and keeps nothing.
public final class CountingSink: Sendable {
  /// The port on the loopback address.
  public let port: UInt16

  /// Starts to listen.
  public init() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(listener, pointer, length) == 0 && getsockname(listener, pointer, &length) == 0
      }
    }
    guard isBound, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { Self.serve(connection) }
      }
    }
  }

  private static func serve(_ connection: Int32) {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var pending: [UInt8] = []
    let answer = Array("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".utf8)
    while true {
      let count = unsafe read(connection, &buffer, buffer.count)
      guard count > 0 else { break }
      pending += buffer[..<count]
      // A head, then as many bytes as its length says.
      while let head = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
        let text = String(decoding: pending[..<head.lowerBound], as: UTF8.self).lowercased()
        let length =
          text.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        if text.contains("expect: 100-continue"), pending.count == head.upperBound {
          let go = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
          _ = unsafe write(connection, go, go.count)
        }
        guard pending.count >= head.upperBound + length else { break }
        pending.removeFirst(head.upperBound + length)
        _ = unsafe write(connection, answer, answer.count)
      }
    }
    close(connection)
  }
}
