internal import SpoorContext
internal import SpoorJournal

extension ResolvedConfiguration {
  static func resource(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader, _ environment: [String: String]
  ) throws -> Resource {
    var attributes: [(String, String)] = try reader.pairs(Settings.resourceAttributes) ?? []
    func take(_ key: String) -> String? {
      defer { attributes.removeAll { $0.0 == key } }
      return attributes.last { $0.0 == key }?.1
    }
    let fromAttributes = take("service.name")
    let service = given.service ?? reader.text(Settings.service) ?? fromAttributes ?? "unknown_service"
    guard !service.isEmpty, service.utf8.count <= 255 else {
      throw ConfigurationError(setting: "service", value: service, expected: "a name of 1 to 255 bytes")
    }
    let instance = take("service.instance.id") ?? SpanID.random().description
    if let version = given.version {
      _ = take("service.version")
      attributes.insert(("service.version", version), at: 0)
    }
    for (key, value) in given.resource.sorted(by: { $0.key < $1.key }) {
      _ = take(key)
      attributes.append((key, value))
    }
    var tags = attributes.map { Resource.Tag($0.0, $0.1) }
    for tag in DetectedResource(environment: environment).tags(try detectors(given, &reader))
    where !tags.contains(where: { $0.key == tag.key }) {
      tags.append(tag)
    }
    return Resource(service: service, instance: instance, tags: tags)
  }

  private static func detectors(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> Set<ResourceDetector> {
    let named: Set<ResourceDetector>? = try reader.value(Settings.resourceDetectors) { text in
      if text == "all" { return Set(ResourceDetector.allCases) }
      if text == "none" { return [] }
      let names = text.commaSeparated
      let detectors = names.compactMap { ResourceDetector(rawValue: $0) }
      return detectors.count == names.count ? Set(detectors) : nil
    }
    return given.resourceDetectors ?? named ?? Set(ResourceDetector.allCases)
  }

  /// The resource's tags that are fields of log records.
  static func logFields(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader, _ resource: Resource
  ) -> [Resource.Tag] {
    let variable = reader.list(Settings.resourceLogFields)
    let keys = given.resourceLogFields ?? Set(variable ?? [])
    let all = resource.tags + [Resource.Tag("service.instance.id", resource.instance)]
    return all.filter { keys.contains($0.key) }.sorted { $0.key < $1.key }
  }

  static func redaction(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> Redaction {
    let keys = reader.list(Settings.redactKeys) ?? []
    let pattern = try reader.value(Settings.redactPattern) { try RedactionPattern($0) }
    return given.redaction ?? Redaction(names: Redaction.defaultNames + keys, patterns: pattern.map { [$0] } ?? [])
  }

  static func journal(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> JournalLayout {
    let bytes = try reader.integer(Settings.journalBytes, given.journalBytes) ?? 64 << 20
    do throws(JournalError) {
      return try JournalLayout(totalBytes: bytes)
    } catch {
      throw ConfigurationError(
        setting: "journalBytes", value: "\(bytes)", expected: Settings.journalBytes.expected)
    }
  }

  /// - Returns: the directory, nil for memory only, and whether it was asked for.
  static func directory(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader, _ environment: [String: String], _ service: String
  ) throws -> (path: String?, isGiven: Bool) {
    let variable = reader.text(Settings.journalDirectory)
    guard let directory = given.journalDirectory ?? variable else {
      return (JournalDirectory.defaultPath(service: service, environment: environment), false)
    }
    if directory == "off" { return (nil, true) }
    guard directory.hasPrefix("/") else {
      if given.journalDirectory != nil { try reader.refuseGiven(Settings.journalDirectory, directory) }
      try reader.refuse(Settings.journalDirectory, directory)
      return (nil, true)
    }
    return (directory, true)
  }

  static func timestampDigits(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> Int {
    if let digits = given.logTimestampDigits {
      if ![3, 6, 9].contains(digits) { try reader.refuseGiven(Settings.logTimestampDigits, digits) }
      return digits
    }
    return try reader.value(Settings.logTimestampDigits) { text in
      Int(text).flatMap { [3, 6, 9].contains($0) ? $0 : nil }
    } ?? 3
  }
}
