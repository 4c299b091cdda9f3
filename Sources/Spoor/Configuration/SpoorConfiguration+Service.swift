// SPDX-License-Identifier: Apache-2.0

extension SpoorConfiguration {
  /// The service's identity: its name, and the tags of every local root.
  public struct Service: Sendable {
    /// The service's name, 1 to 255 bytes. `OTEL_SERVICE_NAME`, else `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    public var name: String?
    /// The service's version. `service.version` in `OTEL_RESOURCE_ATTRIBUTES`.
    public var version: String?
    /// Further tags of every local root. Merged with `OTEL_RESOURCE_ATTRIBUTES` by key; code wins.
    public var attributes: [String: String] = [:]
    /// Which facts about the host, process, container and pod become tags. `SPOOR_RESOURCE_DETECTORS`.
    public var detectors: Set<ResourceDetector>?
    /// Keys of tags that every log record holds as fields too. `SPOOR_RESOURCE_LOG_FIELDS`.
    public var logFields: Set<String>?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }
}
