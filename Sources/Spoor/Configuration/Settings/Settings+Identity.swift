extension Settings {
  static let identity = [
    service, version, resource, resourceAttributes, resourceDetectors, resourceLogFields,
  ]

  static let service = Setting(
    "service", "OTEL_SERVICE_NAME", .text("a name of 1 to 255 bytes", nonsense: String(repeating: "x", count: 256)),
    default: "`unknown_service`", "The service's name.")
  static let version = Setting(
    "version", nil, .code("String"), default: "`service.version` of the resource attributes", "The service's version.")
  static let resource = Setting(
    "resource", nil, .code("[String: String]"), default: "none",
    "Further tags of every local root; they go before the variable's.")
  static let resourceAttributes = Setting(
    nil, "OTEL_RESOURCE_ATTRIBUTES", .pairs, default: "none",
    "Tags of every local root, percent-encoded where they must be; `service.name`, `service.version` and "
      + "`service.instance.id` are taken from here too.")

  static let resourceDetectors = Setting(
    "resourceDetectors", "SPOOR_RESOURCE_DETECTORS",
    .text("some of \(ResourceDetector.names.joined(separator: ", ")) with commas, all, or none", nonsense: "cloud"),
    default: "`all`",
    "What is found out about where the service runs: `host.name`, `process.pid`, `container.id`, `k8s.…`.")
  static let resourceLogFields = Setting(
    "resourceLogFields", "SPOOR_RESOURCE_LOG_FIELDS", .text("keys with commas", nonsense: nil), default: "none",
    "Tags of the resource that are fields of every log record as well, `service.instance.id` and `host.name` for example."
  )
}
