public import SpoorContext
internal import SpoorJournal
public import Tracing

/// A span that has ended and is not yet handed on: for a ``SpanHook``, and only while that runs.
public struct EndingSpan: ~Copyable {
  private let core: SpanCore
  /// How long it took, at least 1 µs.
  public let duration: Duration
  /// Its kind.
  public let kind: SpanKind

  init(_ core: SpanCore, durationNanoseconds: UInt64) {
    self.core = core
    duration = .nanoseconds(Int64(clamping: durationNanoseconds))
    kind = core.change { $0.read { SpanKind($0.kind) } } ?? .internal
  }

  /// Its ids.
  public var traceContext: TraceContext { core.traceContext }

  /// Whether its parent is in another process, or there is none.
  public var isLocalRoot: Bool { core.isLocalRoot }

  /// The operation's name.
  public var name: String {
    get { core.change { $0.read(\.name) }?.flatMap { $0 } ?? core.startName }
    nonmutating set { _ = core.change { $0.setName(core.recorder.coding.cut(newValue)) } }
  }

  /// Its attributes, as they were written: what was redacted is gone.
  public var attributes: SpanAttributes {
    core.change { $0.read(AttributeCoding.attributes(of:)) } ?? SpanAttributes([:])
  }

  /// One attribute; nil takes it away. What is set is redacted and limited as ever.
  public subscript(key: String) -> SpanAttribute? {
    get { attributes.get(key) }
    nonmutating set {
      guard let newValue else {
        _ = core.change { writer in writer.removeAttributes { $0.keyText != key } }
        return
      }
      // A user's redaction may run here: without the lock.
      let fields = core.recorder.coding.fields([key: newValue])
      core.change { writer in
        unsafe fields.withFields { bytes in
          for field in unsafe RecordFields(bytes) {
            let place = unsafe writer.trySetAttribute(
              field.key, field.type, field.value, atMost: core.recorder.coding.limits.attributes)
            if place == nil { writer.countDropped(attributes: 1) }
          }
        }
      }
    }
  }

  /// Whether its status is `error`.
  public var hasFailed: Bool {
    core.change { $0.read { record in record.fields.contains { $0.kind == .status && $0.firstByte == 2 } } } ?? false
  }

  /// Sets the status.
  public func setStatus(_ status: SpanStatus) {
    let message = status.message.map { core.recorder.coding.written($0, for: ExceptionEvent.messageKey) } ?? ""
    _ = core.change { $0.setStatus(status.code == .error ? .error : .ok, message: message) }
  }
}

extension SpanCore {
  /// Runs `body` with the lock of a span held that has ended and that nobody has decided about.
  fileprivate func change<Result>(_ body: (SpanWriter) -> Result) -> Result? {
    guard let writer = recorder.journal.beginChanging(slot) else { return nil }
    defer { recorder.journal.endWriting(slot) }
    return body(writer)
  }

  /// Whether the hooks want the span, which has ended as undecided.
  func passesHooks(durationNanoseconds: UInt64) -> Bool {
    let span = EndingSpan(self, durationNanoseconds: durationNanoseconds)
    return recorder.hooks.allSatisfy { $0.body(span) == .keep }
  }
}

extension RecordField {
  fileprivate var firstByte: UInt8? { unsafe value.first }
}

extension SpanKind {
  fileprivate init(_ kind: SpanRecordKind) {
    self =
      switch kind {
      case .server: .server
      case .client: .client
      case .producer: .producer
      case .consumer: .consumer
      case .internal: .internal
      }
  }
}
