// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// The key by which a span is recognised that a trace already has: its identifier, and a hash of everything that was
/// sent of it.
struct SpanKey: Hashable, Sendable {
  /// The span's identifier as a signed 64-bit number, as SQLite stores it.
  let span: Int64
  /// The upper 32 bits are a hash of the side and the endpoint, which distinguish the spans of one identifier. The
  /// lower ones are a hash of the encoded span. So the forms of one span are in one range of numbers.
  let content: Int64

  /// - Parameter encoded: the span in the form in which it is stored.
  init(_ span: ZipkinSpan, encoded: ArraySlice<UInt8>) {
    self.span = Int64(bitPattern: span.id.value)
    var side: UInt64 = span.shared || span.kind == .server ? 1 : 0
    if let endpoint = span.localEndpoint {
      var name = endpoint.serviceName ?? ""
      side = name.withUTF8 { unsafe Checksum.of(UnsafeRawBufferPointer($0), from: side &+ 2) }
      for part in [UInt64(endpoint.ipv4?.value ?? 0), endpoint.ipv6?.high ?? 0, endpoint.ipv6?.low ?? 0] {
        side = (side ^ part) &* 0x100_0000_01b3
      }
      side = (side ^ UInt64(endpoint.port ?? 0)) &* 0x100_0000_01b3
    }
    let content = unsafe encoded.withUnsafeBytes { unsafe Checksum.of($0, from: 0) }
    self.content = Int64(bitPattern: (side ^ side >> 32) << 32 | content)
  }

  /// The part that all forms of one span have in common.
  struct Side: Hashable {
    let span: Int64
    /// The range of ``SpanKey/content``.
    let contents: ClosedRange<Int64>
  }

  var side: Side {
    let first = content & ~0xffff_ffff
    return Side(span: span, contents: first...(first | 0xffff_ffff))
  }
}
