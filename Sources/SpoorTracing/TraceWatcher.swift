// SPDX-License-Identifier: Apache-2.0

package import SpoorContext

/// An observer of this process's traces. It is called on the thread of the span, so it must be quick.
package protocol TraceWatcher: Sendable {
  /// A span of the trace failed: its status was set to error, or an error was recorded that was not recovered from.
  func traceFailed(_ traceID: TraceID)
  /// A local root of the trace has ended.
  func localRootEnded(_ traceID: TraceID)
}
