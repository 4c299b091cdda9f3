// SPDX-License-Identifier: Apache-2.0

public import Metrics
public import SpoorJournal

/// The settings of a service, grouped by subject. A property that is nil takes its environment variable, and without
/// one the default. `docs/OPTIONS.md` lists every setting with its variable, default, unit and limits.
///
/// ```swift
/// var configuration = SpoorConfiguration()
/// configuration.service.name = "order-service"
/// configuration.propagation.trustedPeers = .nobody
/// configuration.journal.location = .directory("/var/lib/order-service/spoor")
/// ```
/// Code beats environment beats default, member by member: setting one limit in code leaves the others to their
/// variables. Dictionaries are merged by key. The redaction is the union of what code and environment ask for.
///
/// An invalid value in code or in a `SPOOR_…` variable stops the bootstrap with a ``ConfigurationError``. An invalid
/// value in a variable that other programs read too (`OTEL_…`, `LOG_LEVEL`, `GOOGLE_CLOUD_PROJECT`) and an unknown
/// `SPOOR_…` name are logged, and the default is used; with `SPOOR_STRICT=1` they stop the bootstrap as well.
public struct SpoorConfiguration: Sendable {
  /// The service's identity.
  public var service = Service()
  /// How spans reach the collector.
  public var export = Export()
  /// Which headers carry a trace, and whose traces are continued.
  public var propagation = Propagation()
  /// Which traces are recorded.
  public var sampling = Sampling()
  /// Limits of a span, and hooks that see each span at its end.
  public var spans = Spans()
  /// Keys and patterns whose values are redacted in spans and log records, in addition to those of `SPOOR_REDACT_KEYS`
  /// and `SPOOR_REDACT_PATTERN`. Default: `Redaction()`, the usual names of passwords, tokens and cookies.
  public var redaction: Redaction?
  /// Log records: levels, format, destinations.
  public var logging = Logging()
  /// The memory or file in which spans and log lines wait.
  public var journal = Journal()
  /// Which throws are captured with their stacks.
  public var stacks = Stacks()
  /// Stacks of errors, and reports of crashes.
  public var failures = Failures()

  /// Receives Spoor's own counters and gauges. Default: the factory that `MetricsSystem` has one second after the
  /// bootstrap.
  public var metricsFactory: (any MetricsFactory)?
  /// The time limit of a shutdown. `SPOOR_SHUTDOWN_TIMEOUT` (milliseconds).
  public var shutdownTimeout: Duration?
  /// How long `exit` and the return from `main` may wait until finished spans and log records are sent, if there was no
  /// shutdown; zero for not at all. `SPOOR_EXIT_TIMEOUT` (milliseconds).
  public var exitTimeout: Duration?
  /// How often the process wakes while nothing is recorded, to look for changed settings, signals and journals of dead
  /// processes; zero for never: it then looks with the next span. While a span is open, it wakes once a second or more
  /// often.
  /// `SPOOR_IDLE_INTERVAL` (milliseconds).
  public var idleInterval: Duration?
  /// The variables to read instead of the process's environment, for services that load theirs from elsewhere.
  public var environment: [String: String]?

  /// A configuration that leaves everything to the environment and the defaults.
  public init() {}
}
