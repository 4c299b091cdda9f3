extension Settings {
  static let identity = [service, version, resource, resourceAttributes]

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
}
