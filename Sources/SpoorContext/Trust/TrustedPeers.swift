// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// A rule that decides which callers' traces are continued.
///
/// A trusted caller passes on its trace: ids, sampling and debug flags, `tracestate` and baggage. For every other
/// caller this service is a *public endpoint* (OpenTelemetry's term): a new trace begins with a sampling decision of
/// its own and a link to the caller's span, and all other headers of the caller are ignored.
public struct TrustedPeers: Sendable {
  private enum Rule: Sendable {
    case all
    case nobody
    case some(@Sendable (IncomingRequest) -> Bool)
  }

  private let rule: Rule

  private init(_ rule: Rule) { self.rule = rule }

  /// Trusts every caller. This is the default, for services that only their own fleet can reach.
  public static let all = TrustedPeers(.all)

  /// Nobody: a public endpoint.
  public static let nobody = TrustedPeers(.nobody)

  /// Trusts the callers for which the closure returns `true`. It runs on the caller's thread, once per extracted
  /// request.
  public init(_ rule: @escaping @Sendable (IncomingRequest) -> Bool) { self.rule = .some(rule) }

  /// Trusts the callers whose address (``Tracing/ServiceContext/peerAddress``) is in one of the ranges. A request
  /// without an address is not trusted.
  public static func addresses(_ ranges: [AddressRange]) -> TrustedPeers {
    TrustedPeers { request in
      guard let address = request.context.peerAddress else { return false }
      return ranges.contains { $0.contains(address) }
    }
  }

  /// Trusts the callers that send this header with this value. Use a header that the proxy in front removes from
  /// outside requests, as Envoy does with `x-envoy-internal`.
  public static func header(_ name: String, _ value: String) -> TrustedPeers {
    TrustedPeers { $0.header(name) == value }
  }

  /// Trusts the callers that either rule trusts.
  public func or(_ other: TrustedPeers) -> TrustedPeers {
    TrustedPeers { request in trusts { request } || other.trusts { request } }
  }

  /// Whether this caller is trusted. The request is only built if a rule needs it.
  @inline(__always)
  func trusts(_ request: () -> IncomingRequest) -> Bool {
    switch rule {
    case .all: true
    case .nobody: false
    case .some(let rule): rule(request())
    }
  }
}

/// The request data that a rule of ``TrustedPeers`` may use.
public struct IncomingRequest {
  /// The context that the request is extracted into, including the values that an earlier middleware set.
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
  /// `extract` sees only headers. A middleware in front of the tracing middleware sets this value and calls
  /// `ServiceContext.withValue(context) { next(…) }`. Do not take it from a header that anybody can send.
  public var peerAddress: String? {
    get { self[PeerAddressKey.self] }
    set { self[PeerAddressKey.self] = newValue }
  }
}

private enum PeerAddressKey: ServiceContextKey {
  typealias Value = String
  static var nameOverride: String? { "spoor-peer-address" }
}
