// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Starts Spoor's own threads. All signals are blocked on them except those of faults, so that the service's threads
/// get its signals.
package enum BackgroundThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` on a new detached thread. Returns 0, or the error number if the system has no thread to give; `body`
  /// is then not called.
  ///
  /// - Parameter name: at most 15 bytes, as `ps -L` and debuggers show it.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let code = unsafe spoor_thread_start(
      name,
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
      }, work)
    if code != 0 { unsafe Unmanaged<Work>.fromOpaque(work).release() }
    return code
  }
}
