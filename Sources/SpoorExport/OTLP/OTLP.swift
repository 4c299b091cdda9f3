// SPDX-License-Identifier: Apache-2.0

package import SpoorBase
package import SpoorJournal

/// The encoders of OTLP, as protobuf or as JSON.
package enum OTLP {
  /// - Parameter formatStack: turns an unresolved stack into text.
  package static func spans(
    usesJSON: Bool, formatStack: @escaping StackFormatter = hexadecimalStack
  ) -> any SpanEncoder {
    if usesJSON {
      OTLPSpanEncoder<OTLPJSON>(formatStack: formatStack)
    } else {
      OTLPSpanEncoder<OTLPProto>(formatStack: formatStack)
    }
  }

  /// - Parameter names: the names of the fields in the lines.
  package static func logs(usesJSON: Bool, names: LogLineNames) -> any LogEncoder {
    if usesJSON { OTLPLogEncoder<OTLPJSON>(names: names) } else { OTLPLogEncoder<OTLPProto>(names: names) }
  }
}

/// An encoder of log records.
package protocol LogEncoder: BodyFormat {
  /// Encodes a resource with a logger's scope.
  func prepare(_ resource: Resource, logger: String) -> PreparedResource
  /// Appends the record of a line without its line end to `buffer.records`, and returns its range.
  ///
  /// - Parameters:
  ///   - now: the time of a line that has none, in nanoseconds since 1970.
  ///   - logger: is called with the logger's name; empty if the line has none.
  func encode(
    _ line: UnsafeRawBufferPointer, now: UInt64, memory: inout LogLineMemory, into buffer: inout EncodeBuffer,
    logger: (Text) -> Void
  ) -> Range<Int>
}

/// What the bodies of spans and of log records have in common.
protocol OTLPBody: BodyFormat {
  associatedtype Format: OTLPFormat
  static var signal: OTLPSignal { get }
}

extension OTLPBody {
  package var contentType: String { Format.contentType }
  package func frame(_ runs: [ResourceRun], of encoded: borrowing GrowingBytes, into body: inout GrowingBytes) {
    Format.frame(runs, Self.signal, of: encoded, into: &body)
  }
  package func acceptance(_ answer: [UInt8]) -> Acceptance { OTLPAnswer.acceptance(answer) }
  package func errorMessage(_ answer: [UInt8]) -> String? { OTLPAnswer.errorMessage(answer) }
}
