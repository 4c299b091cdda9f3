// SPDX-License-Identifier: Apache-2.0

extension Settings {
  static let identity: [any SettingDescription] = [
    service, version, resource, resourceAttributes, resourceDetectors, resourceLogFields,
  ]

  static let service = Setting<String>.text(
    "service.name", "OTEL_SERVICE_NAME", "a name of 1 to 255 bytes", nonsense: String(repeating: "x", count: 256),
    default: "`unknown_service`", "The service's name."
  ) { $0 }.accepting { (1...255).contains($0.utf8.count) }
  static let version = DescribedSetting.code(
    "service.version", "String", default: "`service.version` of the resource attributes", "The service's version.")
  static let resource = DescribedSetting.code(
    "service.attributes", "[String: String]", default: "none",
    "Further tags of every local root, merged with the variable below by key; code wins.")
  static let resourceAttributes = Setting<[Pair]>.pairs(
    nil, "OTEL_RESOURCE_ATTRIBUTES",
    "Tags of every local root. `service.name`, `service.version` and `service.instance.id` are taken from here too.")
  static let resourceDetectors = Setting<Set<ResourceDetector>>.text(
    "service.detectors", "SPOOR_RESOURCE_DETECTORS",
    "some of \(ResourceDetector.names.joined(separator: ", ")) with commas, or all, or none", nonsense: "cloud",
    default: "`all`", "Facts about the host, process, container and pod that become tags: `host.name`, `process.pid`, …"
  ) { text in
    if text.lowercased() == "all" { return Set(ResourceDetector.allCases) }
    if text.isNothing { return [] }
    let names = text.commaSeparated
    let detectors = names.compactMap { ResourceDetector(rawValue: $0.lowercased()) }
    return detectors.isEmpty || detectors.count < names.count ? nil : Set(detectors)
  }.standard(Set(ResourceDetector.allCases))
  static let resourceLogFields = Setting<[String]>.keys(
    "service.logFields", "SPOOR_RESOURCE_LOG_FIELDS",
    "Tags that every log record holds as fields too, for example `service.instance.id` and `host.name`.")
}
