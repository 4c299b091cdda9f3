// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import SpoorBase
package import SpoorLogging

/// The resolved settings of log records, except their level and format.
package struct ResolvedLogs: Sendable {
  /// The longest pattern first.
  package var levels: [LogLevels.Rule]
  /// 0 for none.
  package var levelSignal: Int32
  package var preset: LogPreset
  package var googleCloudProject: String?
  package var sampling: LogSampling?
  package var heldLevel: Logger.Level?
  package var heldLines: Int
  /// Whether records are exported as OTLP.
  package var isExported: Bool
  /// Files with their rotation.
  package var destinations: [LogDestination]
  /// The name of the setting that named the destinations.
  package var destinationsSetting: String
  /// 0 for none.
  package var reopenSignal: Int32
}

extension ResolvedConfiguration {
  static func logs(
    _ given: SpoorConfiguration.Logging, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> ResolvedLogs {
    let heldLevel: Logger.Level? =
      switch try reader.value(Settings.heldLogLevel, given.held.level) {
      case .off: nil
      case .from(let level): level
      }
    let exporters = try reader.value(Settings.logExporters, given.exporters)
    var destinations = try destinations(given, &reader)
    if !exporters.contains(.console) {
      // Without an exporter somebody has to take the lines.
      destinations = exporters.isEmpty ? [.file(path: "/dev/null", rotation: LogRotation(bytes: 0))] : []
    }
    return ResolvedLogs(
      levels: try levels(given, &reader),
      levelSignal: try reader.value(Settings.logLevelSignal, given.levelSignal).number,
      preset: try reader.value(Settings.logPreset, given.preset),
      googleCloudProject: try reader.value(Settings.googleCloudProject, given.googleCloudProject),
      sampling: try sampling(given.repeats, &reader),
      heldLevel: heldLevel,
      heldLines: try reader.value(Settings.heldLogLines, given.held.lines),
      isExported: exporters.contains(.otlp),
      destinations: destinations,
      destinationsSetting: Settings.logDestinations.row.name(
        isGiven: given.destinations != nil || !reader.isSet(Settings.logDestinations.row)),
      reopenSignal: try reader.value(Settings.logReopenSignal, given.reopenSignal).number)
  }

  /// The longest pattern first, because it is the most specific.
  private static func levels(
    _ given: SpoorConfiguration.Logging, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> [LogLevels.Rule] {
    let rules = given.levels.map { LogLevels.Rule(NamePattern($0.key), $0.value) }
    return try reader.merged(Settings.logLevels, rules) { $0.pattern.description }.sorted {
      ($1.pattern.description.count, $0.pattern.description) < ($0.pattern.description.count, $1.pattern.description)
    }
  }

  /// Nil, which means that every line is written, unless one of the three is set.
  private static func sampling(
    _ given: SpoorConfiguration.RepeatedRecords, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> LogSampling? {
    let first = try reader.value(Settings.logSampleFirst, given.first)
    let thereafter = try reader.value(Settings.logSampleThereafter, given.thereafter)
    let interval = try reader.value(Settings.logSampleInterval, given.interval)
    guard first != nil || thereafter != nil || interval != nil else { return nil }
    let standard = LogSampling()
    return LogSampling(
      first: first ?? standard.first, thereafter: thereafter ?? standard.thereafter,
      interval: interval ?? standard.interval)
  }

  private static func destinations(
    _ given: SpoorConfiguration.Logging, _ reader: inout SettingReader
  ) throws(ConfigurationError) -> [LogDestination] {
    let standard = LogRotation(
      bytes: try reader.value(Settings.logFileBytes, given.rotation.bytes),
      keptFiles: try reader.value(Settings.logFilesKept, given.rotation.keptFiles))
    var destinations: [LogDestination] = []
    for destination in try reader.value(Settings.logDestinations, given.destinations) {
      guard case .file(let path, let rotation) = destination else {
        destinations.append(destination)
        continue
      }
      if let rotation {
        _ = try reader.value(Settings.logFileBytes, rotation.bytes)
        _ = try reader.value(Settings.logFilesKept, rotation.keptFiles)
      }
      destinations.append(.file(path: path, rotation: rotation ?? standard))
    }
    return destinations
  }
}

extension SpoorConfiguration.Signal {
  /// The system's number, 0 for none.
  var number: Int32 {
    switch self {
    case .off: 0
    case .hup: SIGHUP
    case .usr1: SIGUSR1
    case .usr2: SIGUSR2
    }
  }
}
