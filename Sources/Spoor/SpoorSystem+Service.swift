public import ServiceLifecycle

extension SpoorSystem: Service {
  /// Stays until the group shuts down or the task is cancelled, then drains: both ways, within the configured time.
  ///
  /// List it first in the group: services stop in reverse order, so that what the others record while they stop is sent.
  public func run() async throws {
    try? await gracefulShutdown()  // Throws when it is cancelled: the second way to end.
    await shutdown()
  }
}
