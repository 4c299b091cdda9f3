// SPDX-License-Identifier: Apache-2.0

/// One side of a span: a service, its address and port. Each of them may be unknown.
public struct ZipkinEndpoint: Sendable, Hashable {
  /// The service's name in lower case; `nil` if unknown or empty.
  public let serviceName: String?
  /// The IPv4 address.
  public let ipv4: IPv4Address?
  /// The IPv6 address. An address that wraps an IPv4 address is in ``ipv4`` instead.
  public let ipv6: IPv6Address?
  /// The port, 1 to 65535; `nil` if unknown.
  public let port: UInt16?

  /// Creates an endpoint; `nil` if every part is unknown, because Zipkin omits such an endpoint.
  public init?(serviceName: String? = nil, ipv4: IPv4Address? = nil, ipv6: IPv6Address? = nil, port: UInt16? = nil) {
    let name = serviceName.flatMap { $0.isEmpty ? nil : $0.zipkinName }
    // "Prefer using the ipv4 field for mapped addresses": the API's description of `ipv6`.
    let wrapped = ipv6?.wrappedIPv4
    let port = port == 0 ? nil : port
    guard name != nil || ipv4 != nil || ipv6 != nil || port != nil else { return nil }
    self.serviceName = name
    self.ipv4 = ipv4 ?? wrapped
    self.ipv6 = wrapped == nil ? ipv6 : nil
    self.port = port
  }

  /// Whether both sides have the same address.
  public func sharesAddress(with other: ZipkinEndpoint) -> Bool {
    if let ipv4, ipv4 == other.ipv4 { return true }
    if let ipv6, ipv6 == other.ipv6 { return true }
    return false
  }

  /// Whether an address is known.
  public var hasAddress: Bool { ipv4 != nil || ipv6 != nil }
}
