// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import SpoorJournal

/// The encoded parts of a resource that are the same for all its records.
package struct PreparedResource: Sendable {
  /// Zipkin: the local endpoint of each span, empty if nothing is known about it. OTLP: the resource of a body's part.
  let encoded: [UInt8]
  /// OTLP: the instrumentation scope of a body's part. Zipkin: empty.
  let scope: [UInt8]
  /// Zipkin: the tags of a local root, each key once. OTLP: empty, because they are in `encoded`.
  let tags: [Resource.Tag]

  init(encoded: [UInt8], scope: [UInt8] = [], tags: [Resource.Tag] = []) {
    self.encoded = encoded
    self.scope = scope
    self.tags = tags
  }

  /// For Zipkin.
  init<Format: ZipkinFormat>(_ resource: Resource, as format: Format.Type) {
    var output = GrowingBytes()
    Text.with(resource.service) { service in
      var local = ZipkinEndpoint(serviceName: service.isEmpty ? nil : service, port: resource.port)
      if let text = resource.ipv4 ?? resource.ipv6 { local.address = Text.with(text) { IPAddress($0) } }
      if !local.isEmpty { Format.localEndpoint(local, &output) }
    }
    self.init(encoded: output.array(), tags: resource.uniqueTags)
  }
}

extension Resource {
  /// The tags with `service.instance.id`, each key once. If a key occurs twice, the last value counts.
  var uniqueTags: [Tag] {
    var result: [Tag] = []
    for (index, tag) in tags.enumerated() where !tags[(index + 1)...].contains(where: { $0.key == tag.key }) {
      result.append(tag)
    }
    if !instance.isEmpty, !result.contains(where: { $0.key == "service.instance.id" }) {
      result.append(Tag("service.instance.id", instance))
    }
    return result
  }
}
