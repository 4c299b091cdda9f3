// SPDX-License-Identifier: Apache-2.0

public import ServiceLifecycle

extension SpoorSystem: Service {
  /// Waits until the group shuts down or the task is cancelled, then shuts down within the configured time.
  ///
  /// List it first in the group: services stop in reverse order, so records that other services make while they stop
  /// are still sent.
  public func run() async throws {
    try? await gracefulShutdown()  // It throws if the task is cancelled; both cases end here.
    await shutdown()
  }
}
