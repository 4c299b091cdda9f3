public import Tracing

extension ServiceContext {
  /// What the caller in another process said about the trace, as an `extract` left it here; `nil` if it said nothing.
  ///
  /// Reading costs one look-up in the context's dictionary (some 50 ns), writing copies that dictionary.
  public var remoteTraceContext: ExtractedContext? {
    get { self[RemoteTraceContextKey.self]?.extracted }
    set { self[RemoteTraceContextKey.self] = newValue.map(RemoteTraceContextBox.init) }
  }
}

private enum RemoteTraceContextKey: ServiceContextKey {
  typealias Value = RemoteTraceContextBox
  static var nameOverride: String? { "spoor-remote-trace-context" }
}

/// One word, so that the context's dictionary holds it in place and casts it back by a glance at its class.
private final class RemoteTraceContextBox: Sendable {
  let extracted: ExtractedContext

  init(_ extracted: ExtractedContext) {
    self.extracted = extracted
  }
}
