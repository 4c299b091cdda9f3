// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import SpoorJournal

extension ResolvedConfiguration {
  static func resource(
    _ given: SpoorConfiguration.Service, _ reader: inout SettingReader, _ environment: [String: String]
  ) throws(ConfigurationError) -> Resource {
    var attributes = try reader.variable(Settings.resourceAttributes) ?? []
    func take(_ key: String) -> String? {
      defer { attributes.removeAll { $0.key == key } }
      return attributes.last { $0.key == key }?.value
    }
    var service = try reader.value(Settings.service, given.name)
    if let name = take("service.name"), service == nil {
      if Settings.service.accepts(name) {
        service = name
      } else {
        try reader.refuse(
          ConfigurationError(
            setting: "OTEL_RESOURCE_ATTRIBUTES", value: name,
            expected: "such that service.name is \(Settings.service.row.expected)"))
      }
    }
    let instance = take("service.instance.id") ?? SpanID.random().description
    if let version = given.version {
      _ = take("service.version")
      attributes.insert(Pair(key: "service.version", value: version), at: 0)
    }
    for (key, value) in given.attributes.sorted(by: { $0.key < $1.key }) {
      _ = take(key)
      attributes.append(Pair(key: key, value: value))
    }
    var tags = attributes.map { Resource.Tag($0.key, $0.value) }
    let detectors = try reader.value(Settings.resourceDetectors, given.detectors)
    for tag in DetectedResource(environment: environment).tags(detectors)
    where !tags.contains(where: { $0.key == tag.key }) {
      tags.append(tag)
    }
    return Resource(service: service ?? "unknown_service", instance: instance, tags: tags)
  }

  /// The resource's tags that are fields of log records.
  static func logFields(
    _ given: SpoorConfiguration.Service, _ reader: inout SettingReader, _ resource: Resource
  ) throws(ConfigurationError) -> [Resource.Tag] {
    let keys = Set(try reader.value(Settings.resourceLogFields, given.logFields.map(Array.init)) ?? [])
    let all = resource.tags + [Resource.Tag("service.instance.id", resource.instance)]
    return all.filter { keys.contains($0.key) }.sorted { $0.key < $1.key }
  }

  /// The union of the redactions in code and environment.
  static func redaction(_ given: Redaction?, _ reader: inout SettingReader) throws(ConfigurationError) -> Redaction {
    let keys = try reader.variable(Settings.redactKeys) ?? []
    let pattern = try reader.variable(Settings.redactPattern)
    return (given ?? Redaction()).adding(names: keys, patterns: pattern.map { [$0] } ?? [])
  }

  static func journal(
    _ given: SpoorConfiguration.Journal, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> JournalLayout {
    let bytes = try reader.value(Settings.journalBytes, given.bytes)
    do throws(JournalError) {
      return try JournalLayout(totalBytes: bytes)
    } catch {
      throw ConfigurationError(
        setting: Settings.journalBytes.row.name(isGiven: given.bytes != nil), value: "\(bytes)",
        expected: Settings.journalBytes.row.expected)
    }
  }

  /// - Returns: the directory, nil for memory only, and the name of the setting that named it, nil for the default.
  static func directory(
    _ given: SpoorConfiguration.Journal, _ reader: inout SettingReader, _ environment: [String: String],
    _ service: String
  ) throws(ConfigurationError) -> (path: String?, setting: String?) {
    let name = Settings.journalDirectory.row.name(isGiven: given.location != nil)
    return switch try reader.value(Settings.journalDirectory, given.location) {
    case nil: (JournalDirectory.defaultPath(service: service, environment: environment), nil)
    case .memory: (nil, name)
    case .directory(let path): (path, name)
    }
  }

  /// At least the journal's own size: below it the file of a dead process would be deleted before it is read.
  static func maximumBytes(
    _ given: SpoorConfiguration.Journal, _ reader: inout SettingReader, _ journal: JournalLayout
  ) throws(ConfigurationError) -> Int {
    guard let bytes = try reader.value(Settings.journalMaximumBytes, given.maximumBytes) else {
      return max(1 << 30, journal.totalBytes)
    }
    guard bytes >= journal.totalBytes else {
      throw ConfigurationError(
        setting: Settings.journalMaximumBytes.row.name(isGiven: given.maximumBytes != nil), value: "\(bytes)",
        expected: "at least the journal's size of \(journal.totalBytes) bytes "
          + "(\(Settings.journalBytes.row.name(isGiven: given.bytes != nil)))")
    }
    return bytes
  }
}
