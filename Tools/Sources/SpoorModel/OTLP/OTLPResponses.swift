// SPDX-License-Identifier: Apache-2.0

/// The messages of OTLP's answers in protobuf.
package enum OTLPResponses {
  /// An `ExportTraceServiceResponse` or `ExportLogsServiceResponse`, which have the same fields, with a
  /// `partial_success`.
  package static func partialSuccess(_ rejected: Int, _ message: String) -> [UInt8] {
    var bytes: [UInt8] = []
    ProtoWriter.appendMessage(field: 1, to: &bytes) { bytes in
      bytes.append(1 << 3)
      ProtoWriter.appendVarint(UInt64(rejected), to: &bytes)
      ProtoWriter.appendText(message, field: 2, to: &bytes)
    }
    return bytes
  }

  /// A `google.rpc.Status`.
  package static func status(_ code: Int, _ message: String) -> [UInt8] {
    var bytes: [UInt8] = [1 << 3]
    ProtoWriter.appendVarint(UInt64(code), to: &bytes)
    ProtoWriter.appendText(message, field: 2, to: &bytes)
    return bytes
  }
}
