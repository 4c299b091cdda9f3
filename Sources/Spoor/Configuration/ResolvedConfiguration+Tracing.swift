// SPDX-License-Identifier: Apache-2.0

internal import SpoorContext
internal import SpoorTracing

extension ResolvedConfiguration {
  static func propagator(
    _ given: SpoorConfiguration.Propagation, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> TracePropagator {
    let keys: Set<String>? =
      switch try reader.value(Settings.baggageKeys, given.baggageKeys) {
      case .all: nil
      case .only(let keys): keys
      }
    return TracePropagator(
      formats: try reader.value(Settings.propagators, given.formats), baggageKeys: keys,
      trustedPeers: try reader.value(Settings.trustedPeers, given.trustedPeers),
      writesTraceState: try reader.value(Settings.writesTraceState, given.writesTraceState))
  }

  static func keep(
    _ given: SpoorConfiguration.Keep, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> KeepRules {
    let operations = given.slowerThanByOperation.map { SlowOperation(name: $0.key, limit: $0.value) }
    let merged = try reader.merged(Settings.keepSlowerByOperation, operations, by: \.name)
    return KeepRules(
      failed: try reader.value(Settings.keepFailed, given.failed),
      slowerThan: try reader.value(Settings.keepSlower, given.slowerThan),
      slowerThanByOperation: Dictionary(merged.map { ($0.name, $0.limit) }) { $1 })
  }

  static func limits(
    _ given: SpoorConfiguration.Limits, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> SpanLimits {
    SpanLimits(
      attributes: try reader.value(Settings.attributeCount, given.attributes),
      events: try reader.value(Settings.eventCount, given.events),
      links: try reader.value(Settings.linkCount, given.links),
      attributesPerEvent: try reader.value(Settings.eventAttributeCount, given.attributesPerEvent),
      valueBytes: try reader.value(Settings.valueLength, given.valueBytes),
      spanBytes: try reader.value(Settings.spanBytes, given.totalBytes))
  }

  static func isDisabled(
    _ given: SpoorConfiguration.Spans, _ reader: inout SettingReader, exporters: [SpoorConfiguration.SpanExporter]
  ) throws(ConfigurationError) -> Bool {
    let isDisabled = try reader.value(Settings.isDisabled, nil)
    return given.areRecorded.map { !$0 } ?? isDisabled || exporters.isEmpty
  }
}
