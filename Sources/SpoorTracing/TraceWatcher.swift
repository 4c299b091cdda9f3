package import SpoorContext

/// Who wants to know how the traces of this process go. Called on the thread of the span, so it must be quick.
package protocol TraceWatcher: Sendable {
  /// A span of the trace failed: its status was set to error, or an error was recorded that was not recovered from.
  func traceFailed(_ traceID: TraceID)
  /// A local root of the trace has ended.
  func localRootEnded(_ traceID: TraceID)
}
