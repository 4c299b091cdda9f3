// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
public import SpoorContext
internal import SpoorJournal
public import Tracing

/// A span that has ended but is not yet queued for export. It is valid only while a ``SpanHook`` runs.
public struct EndingSpan: ~Copyable {
  private let core: SpanCore
  /// The duration of the span, at least 1 µs.
  public let duration: Duration
  /// The kind of the span.
  public let kind: SpanKind

  init(_ core: SpanCore, durationNanoseconds: UInt64) {
    self.core = core
    duration = .nanoseconds(Int64(clamping: durationNanoseconds))
    kind = core.change { $0.read { SpanKind($0.kind) } } ?? .internal
  }

  /// The ids of the span.
  public var traceContext: TraceContext { core.traceContext }

  /// Whether the span is a local root: its parent is in another process, or it has none.
  public var isLocalRoot: Bool { core.isLocalRoot }

  /// The operation's name.
  public var name: String {
    get { core.change { $0.read(\.name) }?.flatMap { $0 } ?? core.startName }
    nonmutating set { _ = core.change { $0.setName(core.recorder.coding.written(name: newValue)) } }
  }

  /// The attributes as written; redacted values are replaced.
  public var attributes: SpanAttributes {
    core.change { $0.read(AttributeCoding.attributes(of:)) } ?? SpanAttributes([:])
  }

  /// One attribute; `nil` removes it. A new value is redacted and limited as usual.
  public subscript(key: String) -> SpanAttribute? {
    get { attributes.get(key) }
    nonmutating set {
      guard let newValue else {
        _ = core.change { writer in writer.removeAttributes { $0.keyText != key } }
        return
      }
      // A user's redaction closure may run here, so the lock is not held.
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

  /// Whether the status is `error`.
  public var hasFailed: Bool {
    core.change { writer in
      writer.read { record in
        record.flags.contains(.failed) || record.fields.contains { $0.kind == .status && $0.firstByte == 2 }
      }
    } ?? false
  }

  /// Sets the status.
  public func setStatus(_ status: SpanStatus) {
    let message = status.message.map { core.recorder.coding.written($0, for: ExceptionEvent.messageKey) } ?? ""
    _ = core.change { $0.setStatus(status.code == .error ? .error : .ok, message: message) }
  }
}

extension SpanCore {
  /// Runs `body` while holding the lock of a span that has ended and is still undecided.
  fileprivate func change<Result>(_ body: (SpanWriter) -> Result) -> Result? {
    guard let writer = recorder.journal.beginChanging(slot) else { return nil }
    defer { recorder.journal.endWriting(slot) }
    return body(writer)
  }

  /// Runs the hooks on a span that has ended as undecided and returns whether they keep it.
  func passesHooks(durationNanoseconds: UInt64) -> Bool {
    let span = EndingSpan(self, durationNanoseconds: durationNanoseconds)
    return recorder.hooks.allSatisfy { $0.body(span) == .keep }
  }
}

extension RecordField {
  fileprivate var firstByte: UInt8? { unsafe value.first }
}
