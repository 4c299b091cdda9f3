// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal

/// A server on a real socket that answers each request as a test requires, including invalid answers.
///
/// One thread accepts, and one thread per connection serves. All end when the server is released.
package final class SocketServer: Sendable {
  package struct Request: Sendable {
    /// The number, from 0, in the order of acceptance.
    package let connection: Int
    package let head: String
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    package func header(_ name: String) -> String? {
      head.split(separator: "\r\n").lazy
        .first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
  }

  package enum Reply: Sendable {
    /// A complete answer; the connection stays open.
    case answer(Int, headers: [String] = [], body: String = "")
    /// These bytes, then the connection is closed.
    case raw(String)
    /// No answer until the client closes the connection.
    case hang
    /// The connection is closed.
    case close
    /// This head, then a body that does not end until the client closes the connection.
    case endless(String)
  }

  package let port: UInt16
  private let listener: Int32
  private let received = Locked<[Request]>([])
  private let accepted = Locked(0)

  package var requests: [Request] { received.withLock { $0 } }
  /// The number of connections.
  package var connections: Int { accepted.withLock { $0 } }

  package init(v6: Bool = false, _ reply: @escaping @Sendable (Request) -> Reply) throws {
    let (listener, port) = try Self.listen(v6: v6)
    self.listener = listener
    self.port = port
    // The threads hold their own state and not the server, so that it can be released while they wait.
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { break }
        guard let number = self?.nextConnection() else {
          close(connection)
          break
        }
        Thread.detachNewThread { [weak self] in
          Self.serve(connection, number) { request in
            self?.received.withLock { $0.append(request) }
            return reply(request)
          }
          close(connection)
        }
      }
      close(listener)
    }
  }

  private func nextConnection() -> Int {
    accepted.withLock { count in
      count += 1
      return count - 1
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func listen(v6: Bool) throws -> (Int32, UInt16) {
    let listener = socket(v6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    var port: UInt16 = 0
    if v6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_addr = in6addr_loopback
      port = try bindAndAsk(listener, &address, \.sin6_port)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      port = try bindAndAsk(listener, &address, \.sin_port)
    }
    return (listener, port)
  }

  private static func bindAndAsk<Address>(
    _ listener: Int32, _ address: inout Address, _ port: KeyPath<Address, in_port_t>
  ) throws -> UInt16 {
    var size = socklen_t(MemoryLayout<Address>.size)
    let code = unsafe withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return unsafe bind(listener, pointer, size) == 0 && Glibc.listen(listener, 16) == 0
        && getsockname(listener, pointer, &size) == 0
    }
    guard code else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return UInt16(bigEndian: address[keyPath: port])
  }

  private static func serve(_ connection: Int32, _ number: Int, _ reply: (Request) -> Reply) {
    var buffered: [UInt8] = []
    while let request = read(connection, number, &buffered) {
      switch reply(request) {
      case .answer(let status, let headers, let body):
        let lines = ["HTTP/1.1 \(status) Answer", "Content-Length: \(body.utf8.count)"] + headers
        guard write(connection, lines.joined(separator: "\r\n") + "\r\n\r\n" + body) else { return }
      case .raw(let text):
        _ = write(connection, text)
        // Reads what the client still sends, so that it does not get a reset.
        shutdown(connection, Int32(SHUT_WR))
        waitForEnd(connection)
        return
      case .hang:
        waitForEnd(connection)
        return
      case .close:
        return
      case .endless(let head):
        guard write(connection, head) else { return }
        let piece = String(repeating: "x", count: 4096)
        while write(connection, piece) {}
        return
      }
    }
  }

  private static func read(_ connection: Int32, _ number: Int, _ buffered: inout [UInt8]) -> Request? {
    while true {
      let text = String(decoding: buffered, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let head = String(text[..<end.lowerBound])
        let headSize = head.utf8.count + 4
        let length = Request(connection: number, head: head, body: []).header("Content-Length").flatMap { Int($0) } ?? 0
        if buffered.count >= headSize + length {
          let body = Array(buffered[headSize..<headSize + length])
          buffered.removeFirst(headSize + length)
          return Request(connection: number, head: head, body: body)
        }
      }
      var piece = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe recv(connection, &piece, piece.count, 0)
      guard count > 0 else { return nil }
      buffered += piece.prefix(count)
    }
  }

  private static func write(_ connection: Int32, _ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let sent = unsafe rest.withUnsafeBytes {
        unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  private static func waitForEnd(_ connection: Int32) {
    var piece = [UInt8](repeating: 0, count: 65_536)
    while unsafe recv(connection, &piece, piece.count, 0) > 0 {}
  }
}
