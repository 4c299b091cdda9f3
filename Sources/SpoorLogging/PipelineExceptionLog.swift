// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import Logging
internal import SpoorContext
package import SpoorStacks
package import SpoorTracing
package import Tracing

/// Writes the errors that spans record as log records `exception`, whose logger is `spoor.exceptions` and whose level
/// is `error`.
package struct PipelineExceptionLog: ExceptionLog {
  private static let label = "spoor.exceptions"

  private let pipeline: LogPipeline
  private let lowestLevel: LogLevels.Cell

  package init(pipeline: LogPipeline, levels: LogLevels) {
    self.pipeline = pipeline
    lowestLevel = levels.cell(for: Self.label)
  }

  package func write(
    _ failure: CapturedFailure, attributes: SpanAttributes, atNanoseconds time: UInt64, in span: SpanCore
  ) {
    guard !failure.isRecorded(in: .log), lowestLevel.level <= .error else { return }
    spoor_thread_prepare()  // Lets a crash on this thread be recorded, including a stack overflow.
    var call: Logger.Metadata = [:]
    attributes.forEach { call[$0] = Logger.MetadataValue($1) }
    let context = span.traceContext
    let trace = LogTrace(
      traceIDHigh: context.traceID.high, traceIDLow: context.traceID.low, spanID: context.spanID.rawValue,
      isSampled: context.sampling.isSampled)
    var record = LogRecord(
      time: time, level: .error, message: "exception", logger: Self.label, trace: trace,
      fields: LogFields(call: call, baggage: pipeline.settings.baggageOfCurrentContext))
    var fields = FailureFields(failure)
    fields.spans = span.namesOfSpans(around: failure)
    fields.breadcrumbs = pipeline.breadcrumbs.of(trace)
    record.failure = fields
    pipeline.writeInTrace(record)
  }
}

extension Logger.MetadataValue {
  /// The same value as a field of a log record.
  fileprivate init(_ attribute: SpanAttribute) {
    switch attribute {
    case .int32(let value): self = .stringConvertible(value)
    case .int64(let value): self = .stringConvertible(value)
    case .double(let value): self = .stringConvertible(value)
    case .bool(let value): self = .stringConvertible(value)
    case .string(let value): self = .string(value)
    case .stringConvertible(let value): self = .string("\(value)")
    case .int32Array(let values): self = .array(values.map { .stringConvertible($0) })
    case .int64Array(let values): self = .array(values.map { .stringConvertible($0) })
    case .doubleArray(let values): self = .array(values.map { .stringConvertible($0) })
    case .boolArray(let values): self = .array(values.map { .stringConvertible($0) })
    case .stringArray(let values): self = .array(values.map { .string($0) })
    case .stringConvertibleArray(let values): self = .array(values.map { .string("\($0)") })
    default: self = .string("\(attribute)")
    }
  }
}
