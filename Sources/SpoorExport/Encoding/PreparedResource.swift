import SpoorBytes
import SpoorJournal

/// A resource as an encoder needs it for every span: what is the same in all of them is written once.
package struct PreparedResource: Sendable {
  /// The local endpoint, as the format writes it behind a span's times; nothing where nothing is known of it.
  let localEndpoint: [UInt8]
  /// The tags of a local root, each key once: of two the last one counts.
  let tags: [Resource.Tag]

  init<Format: ZipkinFormat>(_ resource: Resource, as format: Format.Type) {
    var output = GrowingBytes()
    Text.with(resource.service) { service in
      var local = ZipkinEndpoint(serviceName: service.isEmpty ? nil : service, port: resource.port)
      if let text = resource.ipv4 ?? resource.ipv6 { local.address = Text.with(text) { IPAddress($0) } }
      if !local.isEmpty { Format.localEndpoint(local, &output) }
    }
    localEndpoint = output.array()

    var tags: [Resource.Tag] = []
    for (index, tag) in resource.tags.enumerated()
    where !resource.tags[(index + 1)...].contains(where: { $0.key == tag.key }) {
      tags.append(tag)
    }
    if !resource.instance.isEmpty, !tags.contains(where: { $0.key == "service.instance.id" }) {
      tags.append(Resource.Tag("service.instance.id", resource.instance))
    }
    self.tags = tags
  }
}
