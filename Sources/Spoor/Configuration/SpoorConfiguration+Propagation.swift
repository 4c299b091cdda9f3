// SPDX-License-Identifier: Apache-2.0

public import SpoorContext

extension SpoorConfiguration {
  /// Which headers carry a trace, and whose traces are continued.
  public struct Propagation: Sendable {
    /// A header format.
    public typealias Format = PropagationFormat

    /// The headers that are written; all trace headers are read, baggage only if it is listed. `OTEL_PROPAGATORS`.
    public var formats: [Format]?
    /// The callers whose traces are continued. For every other caller a new trace begins, linked to the caller's span,
    /// and the caller's flags and baggage are ignored. `SPOOR_TRUSTED_PEERS`.
    public var trustedPeers: TrustedPeers?
    /// Whether `tracestate` gets a member of Spoor's, about 25 bytes. `SPOOR_TRACESTATE`.
    public var writesTraceState: Bool?
    /// The baggage keys that are accepted and passed on. `SPOOR_BAGGAGE_KEYS`.
    public var baggageKeys: BaggageKeys?
    /// Baggage keys that become tags of the local root. `SPOOR_BAGGAGE_TAGS`.
    public var baggageTags: Set<String>?
    /// Baggage keys that become fields of log records, unless the call has a field of that name.
    /// `SPOOR_BAGGAGE_LOG_FIELDS`.
    public var baggageLogFields: Set<String>?
    /// Whether new trace ids have 64 bits instead of 128, for old Zipkin servers. `SPOOR_TRACE_ID_64BIT`.
    public var uses64BitTraceIDs: Bool?

    /// Leaves everything to the environment and the defaults.
    public init() {}
  }

  /// The baggage keys that are accepted and passed on.
  public enum BaggageKeys: Sendable, Hashable {
    /// Every key.
    case all
    /// These keys; with an empty set, none.
    case only(Set<String>)
  }
}
