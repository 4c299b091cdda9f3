internal import SpoorContext
internal import SpoorStacks
internal import SpoorTracing

extension ResolvedConfiguration {
  static func propagator(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> TracePropagator {
    TracePropagator(
      formats: try given.propagators ?? formats(&reader) ?? TracePropagator().formats,
      baggageKeys: given.baggageKeys ?? reader.list(Settings.baggageKeys).map(Set.init),
      trustedPeers: try given.trustedPeers ?? trustedPeers(&reader) ?? .all,
      writesTraceState: try reader.flag(Settings.writesTraceState, given.writesTraceState) ?? true)
  }

  private static func formats(_ reader: inout EnvironmentReader) throws -> [PropagationFormat]? {
    try reader.value(Settings.propagators) { text in
      let names = text.commaSeparated
      if names == ["none"] { return [] }
      let formats = names.compactMap { PropagationFormat(rawValue: $0) }
      return formats.count == names.count ? formats : nil
    }
  }

  private static func trustedPeers(_ reader: inout EnvironmentReader) throws -> TrustedPeers? {
    try reader.value(Settings.trustedPeers) { text in
      if text == "all" { return .all }
      if text == "none" { return TrustedPeers.none }
      let parts = text.commaSeparated
      let ranges = parts.compactMap { AddressRange($0) }
      return ranges.count == parts.count ? .addresses(ranges) : nil
    }
  }

  static func keep(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> KeepRules {
    if let keep = given.keep { return keep }
    return KeepRules(
      failed: try reader.flag(Settings.keepFailed, nil) ?? false,
      slowerThan: try reader.duration(Settings.keepSlower, nil),
      slowerThanByOperation: try slowOperations(&reader) ?? [:])
  }

  private static func slowOperations(_ reader: inout EnvironmentReader) throws -> [String: Duration]? {
    try reader.value(Settings.keepSlowerByOperation) { text in
      var limits: [String: Duration] = [:]
      for part in text.commaSeparated {
        // A name may hold an equals sign, a number does not.
        guard let equals = part.lastIndex(of: "="), equals > part.startIndex,
          let milliseconds = Int(part[part.index(after: equals)...]), Settings.upToAnHour.contains(milliseconds)
        else { return nil }
        limits[String(part[..<equals])] = .milliseconds(milliseconds)
      }
      return limits.isEmpty ? nil : limits
    }
  }

  static func limits(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> SpanLimits {
    if let limits = given.limits { return limits }
    var limits = SpanLimits()
    if let value = try reader.integer(Settings.attributeCount, nil) { limits.attributes = value }
    if let value = try reader.integer(Settings.eventCount, nil) { limits.events = value }
    if let value = try reader.integer(Settings.linkCount, nil) { limits.links = value }
    if let value = try reader.integer(Settings.eventAttributeCount, nil) { limits.attributesPerEvent = value }
    if let value = try reader.integer(Settings.valueLength, nil) { limits.valueBytes = value }
    return limits
  }

  static func stacks(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> StackCapture.Options {
    if let stacks = given.stacks { return stacks }
    var options = StackCapture.Options()
    let mode: StackCapture.Mode? = try reader.value(Settings.stacksMode) { text in
      switch text.lowercased() {
      case "active_span": .activeSpan
      case "always": .always
      case "off": .off
      default: nil
      }
    }
    if let mode { options.mode = mode }
    if let onePer = try reader.integer(Settings.stacksOnePer, nil) { options.onePer = onePer }
    return options
  }

  static func isDisabled(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> Bool {
    let exporter: Bool? = try reader.value(Settings.tracesExporter) { text in
      switch text {
      case "zipkin": true
      case "none": false
      default: nil
      }
    }
    let isDisabled = try reader.flag(Settings.isDisabled, nil) ?? false
    return given.isDisabled ?? (isDisabled || exporter == false)
  }

  /// Settings of OpenTelemetry's that mean something elsewhere and nothing here.
  static func complainAboutUnsupported(_ reader: inout EnvironmentReader) throws {
    for (name, instead) in Settings.unsupported {
      let setting = Setting(nil, name, .text(instead, nonsense: nil), default: "", "")
      if let value = reader.text(setting) {
        try reader.refuse(ConfigurationError(setting: name, value: value, expected: instead))
      }
    }
  }
}
