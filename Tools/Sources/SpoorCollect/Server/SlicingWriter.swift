// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Writes a response in parts, each after the client has received the previous one. A response that is written at once
/// would be in the connection's buffer, outside every limit.
struct SlicingWriter: ResponseBodyWriter {
  private static let part = 256 << 10
  private var writer: any ResponseBodyWriter

  init(_ writer: any ResponseBodyWriter) { self.writer = writer }

  mutating func write(_ buffer: ByteBuffer) async throws {
    var rest = buffer
    while let part = rest.readSlice(length: min(rest.readableBytes, Self.part)), part.readableBytes > 0 {
      try await writer.write(part)
    }
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await writer.finish(trailingHeaders) }
}
