package import Logging
internal import SpoorJournal
package import SpoorLogging

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What is set about log records beside their levels and their format.
package struct ResolvedLogs: Sendable {
  package var levels: [LogLevels.Rule]
  /// 0 for none.
  package var levelSignal: Int32
  package var preset: LogPreset
  package var googleCloudProject: String?
  package var sampling: LogSampling?
  package var heldLevel: Logger.Level?
  package var heldLines: Int
  package var destinations: [LogDestination]
  /// Where the destinations were named.
  package var destinationsSetting: String
  /// 0 for none.
  package var reopenSignal: Int32
}

extension ResolvedConfiguration {
  static func logs(_ given: SpoorConfiguration, _ reader: inout EnvironmentReader) throws -> ResolvedLogs {
    ResolvedLogs(
      levels: try levels(given, &reader),
      levelSignal: (try reader.choice(Settings.logLevelSignal, given.logLevelSignal) ?? .none).number,
      preset: try reader.choice(Settings.logPreset, given.logPreset) ?? .spoor,
      googleCloudProject: given.googleCloudProject ?? reader.text(Settings.googleCloudProject),
      sampling: try sampling(given, &reader),
      heldLevel: try reader.choice(Settings.heldLogLevel, given.heldLogLevel),
      heldLines: try reader.integer(Settings.heldLogLines, given.heldLogLines) ?? 50,
      destinations: try destinations(given, &reader),
      destinationsSetting: given.logDestinations == nil ? "SPOOR_LOG_DESTINATIONS" : "logDestinations",
      reopenSignal: (try reader.choice(Settings.logReopenSignal, given.logReopenSignal) ?? .hup).number)
  }

  /// The longest pattern first: it says most about what is meant.
  private static func levels(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> [LogLevels.Rule] {
    var rules: [LogLevels.Rule]
    if let levels = given.logLevels {
      rules = levels.map { LogLevels.Rule(NamePattern($0.key), $0.value) }
    } else {
      rules =
        try reader.value(Settings.logLevels) { text in
          try text.commaSeparated.map { part -> LogLevels.Rule in
            guard let equals = part.lastIndex(of: "="), equals > part.startIndex,
              let level = Logger.Level(rawValue: part[part.index(after: equals)...].lowercased())
            else { throw ConfigurationError(setting: "", value: "", expected: "") }
            return LogLevels.Rule(NamePattern(String(part[..<equals])), level)
          }
        } ?? []
    }
    rules.sort {
      ($1.pattern.description.count, $0.pattern.description) < ($0.pattern.description.count, $1.pattern.description)
    }
    return rules
  }

  private static func sampling(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> LogSampling? {
    let first = try reader.integer(Settings.logSampleFirst, given.logSampling?.first)
    let thereafter = try reader.integer(Settings.logSampleThereafter, given.logSampling?.thereafter)
    let interval = try reader.duration(Settings.logSampleInterval, given.logSampling?.interval)
    guard let first else { return nil }
    let standard = LogSampling()
    return LogSampling(
      first: first, thereafter: thereafter ?? standard.thereafter, interval: interval ?? standard.interval)
  }

  private static func destinations(
    _ given: SpoorConfiguration, _ reader: inout EnvironmentReader
  ) throws -> [LogDestination] {
    var rotation = LogRotation()
    if let bytes = try reader.integer(Settings.logFileBytes, nil) { rotation.bytes = bytes }
    if let kept = try reader.integer(Settings.logFilesKept, nil) { rotation.keptFiles = kept }
    let named = try reader.value(Settings.logDestinations) { text in
      try text.commaSeparated.map { name -> LogDestination in
        switch name {
        case "stdout": return .standardOutput
        case "stderr": return .standardError
        case let path where path.hasPrefix("/"): return .file(path: path, rotation: rotation)
        default: throw ConfigurationError(setting: "", value: "", expected: "")
        }
      }
    }
    if let destinations = given.logDestinations {
      for case .file(let path, let rotation) in destinations {
        if !path.hasPrefix("/") { try reader.refuseGiven(Settings.logDestinations, path) }
        if rotation.bytes < 0 || rotation.keptFiles < 0 || rotation.keptFiles > 1000 {
          throw ConfigurationError(
            setting: "logDestinations", value: "\(rotation)",
            expected: "bytes from 0 and keptFiles from 0 to 1000")
        }
      }
      return destinations
    }
    return named ?? [.descriptor(given.logDescriptor)]
  }
}

extension SpoorConfiguration.Signal {
  /// The system's number, 0 for none.
  var number: Int32 {
    switch self {
    case .none: 0
    case .hup: SIGHUP
    case .usr1: SIGUSR1
    case .usr2: SIGUSR2
    }
  }
}
