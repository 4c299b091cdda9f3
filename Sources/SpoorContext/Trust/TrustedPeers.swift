public import Tracing

/// Whose trace is continued.
///
/// A caller who is trusted hands down the trace: its ids, its sampling and debug flags, its `tracestate`, its baggage. For
/// all others this service is a *public endpoint* (OpenTelemetry's name): a new trace begins, decided about here, with a
/// link to the caller's span, and nothing else that they sent is taken over.
public struct TrustedPeers: Sendable {
  private enum Rule: Sendable {
    case all
    case none
    case some(@Sendable (IncomingRequest) -> Bool)
  }

  private let rule: Rule

  private init(_ rule: Rule) { self.rule = rule }

  /// Everybody: the default, for services that only their own fleet can reach.
  public static let all = TrustedPeers(.all)

  /// Nobody: a public endpoint.
  public static let none = TrustedPeers(.none)

  /// Those for whom the rule says so. It runs on the caller's thread once per request that is extracted.
  public init(_ rule: @escaping @Sendable (IncomingRequest) -> Bool) { self.rule = .some(rule) }

  /// Those whose address, as ``Tracing/ServiceContext/peerAddress`` tells it, lies in one of the ranges. A request whose
  /// context has none is not trusted.
  public static func addresses(_ ranges: [AddressRange]) -> TrustedPeers {
    TrustedPeers { request in
      guard let address = request.context.peerAddress else { return false }
      return ranges.contains { $0.contains(address) }
    }
  }

  /// Those who send this header with this value: one that the proxy in front removes from what comes from outside, as
  /// Envoy does with `x-envoy-internal`.
  public static func header(_ name: String, _ value: String) -> TrustedPeers {
    TrustedPeers { $0.header(name) == value }
  }

  /// Those whom either of the two trusts.
  public func or(_ other: TrustedPeers) -> TrustedPeers {
    TrustedPeers { request in trusts { request } || other.trusts { request } }
  }

  /// Whether this caller is trusted. The request is made only where a rule looks at it.
  @inline(__always)
  func trusts(_ request: () -> IncomingRequest) -> Bool {
    switch rule {
    case .all: true
    case .none: false
    case .some(let rule): rule(request())
    }
  }
}

/// What a rule of ``TrustedPeers`` may look at.
public struct IncomingRequest {
  /// The context that the request is extracted into, with what a middleware before put there.
  public let context: ServiceContext
  private let find: (String) -> String?

  init(context: ServiceContext, header: @escaping (String) -> String?) {
    self.context = context
    find = header
  }

  /// The value of a header.
  public func header(_ name: String) -> String? { find(name) }
}

extension ServiceContext {
  /// The address of the caller, in text form, for ``TrustedPeers/addresses(_:)``.
  ///
  /// An `extract` sees headers alone. A middleware in front of the tracing one tells whom the connection belongs to:
  /// `ServiceContext.withValue(context) { next(…) }` with this set. Do not take it from a header that anybody can send.
  public var peerAddress: String? {
    get { self[PeerAddressKey.self] }
    set { self[PeerAddressKey.self] = newValue }
  }
}

private enum PeerAddressKey: ServiceContextKey {
  typealias Value = String
  static var nameOverride: String? { "spoor-peer-address" }
}
