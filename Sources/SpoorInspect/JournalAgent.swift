// SPDX-License-Identifier: Apache-2.0

internal import Spoor
internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal

/// Ships what dead processes on this host have left in their journals: spans, log lines and crashes, each under the
/// resource of its process.
///
/// It is a ``Spoor/SpoorSystem`` without spans of its own, which adopts the journals of watched directories in addition
/// to its own. So all settings of the environment apply, for the collector, TLS, batches and log records, and the same
/// rules: a file is adopted only with its lock, which a living process holds; it is removed when the last span and line
/// is acknowledged; at most 16 files and 24 MiB are adopted at a time.
public final class JournalAgent: Sendable {
  /// What to watch and where to ship.
  public struct Settings: Sendable {
    /// Absolute paths of directories. Journals are looked for in them and up to six levels below.
    public var directories: [String]
    /// How long a process must have been silent before its journal is adopted, so that a service that is restarted
    /// ships it itself.
    public var grace: Duration = .seconds(10)
    /// How often the directories are searched.
    public var interval: Duration = .seconds(1)
    /// The directory of the agent's own journal; nil for the one of the environment. Lines are safe there on their
    /// way to standard output.
    public var state: String?
    /// The URL of a Zipkin-compatible collector.
    public var zipkin: String?
    /// The base URL of a receiver of OTLP over HTTP; spans, log lines and crashes go there. If neither this nor
    /// ``zipkin`` is set, the environment decides (`OTEL_TRACES_EXPORTER` and the others).
    public var otlp: String?
    /// Whether log lines of dead processes are written to standard output; nil if the environment decides
    /// (`OTEL_LOGS_EXPORTER`).
    public var writesLines: Bool?

    /// Creates settings with the defaults.
    public init(directories: [String]) { self.directories = directories }
  }

  /// Why an agent cannot be started.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// The reason in one sentence.
    public let description: String
  }

  /// The state of an agent.
  public struct Status: Sendable, Hashable {
    /// Spans in adopted journals so far.
    public let adoptedSpans: Int
    /// Spans that a collector has acknowledged so far.
    public let sentSpans: Int
    /// Spans that were dropped so far, by reason.
    public let droppedSpans: [String: Int]
    /// Spans of adopted journals that no collector has yet.
    public let heldSpans: Int
    /// Log lines that were written so far, with those of the agent itself.
    public let writtenLines: Int
    /// Log lines that were lost so far.
    public let droppedLines: Int
    /// Why the last request to a collector failed; nil if it succeeded.
    public let lastFailure: String?
    /// Whether the thread that adopts and sends is running.
    public let isRunning: Bool
  }

  private let system: SpoorSystem
  private let directories: [String]

  /// Starts an agent.
  ///
  /// - Throws: ``Failure`` for an invalid setting, or if the agent's own journal cannot be a file.
  public init(_ settings: Settings) throws(Failure) {
    guard !settings.directories.isEmpty, settings.directories.allSatisfy({ $0.hasPrefix("/") }) else {
      throw Failure(description: "the watched directories must be absolute paths, but are \(settings.directories)")
    }
    directories = settings.directories
    let resolved: ResolvedConfiguration
    do throws(ConfigurationError) {
      resolved = try Self.resolved(settings)
    } catch {
      throw Failure(description: error.description)
    }
    do throws(SpoorError) {
      system = try SpoorSystem(resolved)
    } catch {
      throw Failure(description: error.description)
    }
    // Without a file, lines on their way to standard output would be lost with the agent.
    guard system.journal.isInFile else {
      throw Failure(description: "the agent's own journal must be in a file: see the log record journal_in_memory")
    }
  }

  private static func resolved(_ settings: Settings) throws(ConfigurationError) -> ResolvedConfiguration {
    var resolved = try ResolvedConfiguration(configuration(settings), environment: SpoorSystem.processEnvironment())
    resolved.watched = WatchedJournals(roots: settings.directories, grace: settings.grace)
    resolved.shipper.adoptionInterval = settings.interval
    return resolved
  }

  private static func configuration(_ settings: Settings) -> SpoorConfiguration {
    var configuration = SpoorConfiguration()
    configuration.service.name = "spoor-agent"
    configuration.stacks.capture = .off
    configuration.logging.format = .json
    // Enough for the lines of dead processes on their way; the agent has no spans.
    configuration.journal.bytes = 32 << 20
    if let state = settings.state { configuration.journal.location = .directory(state) }
    if settings.zipkin != nil || settings.otlp != nil {
      configuration.export.exporters =
        (settings.zipkin == nil ? [] : [.zipkin]) + (settings.otlp == nil ? [] : [.otlp])
    }
    if let zipkin = settings.zipkin { configuration.export.endpoints = [zipkin] }
    if let otlp = settings.otlp { configuration.export.otlp.endpoint = otlp }
    if settings.writesLines != nil || settings.otlp != nil {
      configuration.logging.exporters =
        (settings.writesLines ?? true ? [.console] : []) + (settings.otlp == nil ? [] : [.otlp])
    }
    return configuration
  }

  /// The state now.
  public var status: Status {
    let account = SpoorSystem.SpanAccount(system.journal.account())
    return Status(
      adoptedSpans: account.adopted, sentSpans: account.sent,
      droppedSpans: Dictionary(uniqueKeysWithValues: account.dropped.map { ($0.rawValue, $1) }),
      heldSpans: account.held, writtenLines: Int(clamping: system.pipeline.writer.writtenCount),
      droppedLines: Int(clamping: system.pipeline.droppedCount), lastFailure: system.export.lastFailure,
      isRunning: !system.export.haveEnded)
  }

  /// The open spans of the living processes in the watched directories, the oldest first.
  public func liveSpans() -> [LiveSpan] { LiveSpan.all(in: directories) }

  /// Ends the agent. What it could not ship stays in the files of the dead processes, for its next start.
  ///
  /// - Parameter timeout: the call returns within it.
  public func shutdown(timeout: Duration) async { await system.shutdown(timeout: timeout) }
}
