// SPDX-License-Identifier: Apache-2.0

/// The producer of a journal's records. It is stored in the header, so that spans of a dead process are shipped under
/// its own name.
package struct Resource: Sendable, Hashable {
  /// `service.name`.
  package var service: String
  /// `service.instance.id`: a random one per process unless it is configured.
  package var instance: String
  /// Tags of every local root, in this order: host, version, pid and the like.
  package var tags: [Tag]
  /// The address of the service in text form, or `nil`.
  package var ipv4: String?
  package var ipv6: String?
  /// The port of the service; 0 if it has none.
  package var port: UInt16

  package init(
    service: String, instance: String, tags: [Tag] = [], ipv4: String? = nil, ipv6: String? = nil, port: UInt16 = 0
  ) {
    self.service = service
    self.instance = instance
    self.tags = tags
    self.ipv4 = ipv4
    self.ipv6 = ipv6
    self.port = port
  }

  package struct Tag: Sendable, Hashable {
    package var key: String
    package var value: String
    package init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }
}
