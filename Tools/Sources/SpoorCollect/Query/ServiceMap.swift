// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// The calls between services in a time range, and how much of it they were counted from.
struct ServiceMap: Sendable {
  var links = DependencyLinks()
  /// The spans that were read.
  var spans = 0
  /// The start of the oldest trace that was read, in microseconds since 1970.
  var since: Int64?
  /// Whether the range has older traces that were not read.
  var isSample = false

  /// `{"edges":[{"parent","child","calls","errors","p50","p99"}],"spans","since","sample"}`, times in microseconds.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("edges")
      writer.array { writer in
        for link in links.links {
          writer.object { writer in
            writer.key("parent")
            writer.string(link.parent)
            writer.key("child")
            writer.string(link.child)
            writer.key("calls")
            writer.number(link.callCount)
            writer.key("errors")
            writer.number(link.errorCount)
            writer.key("p50")
            writer.number(link.quantile(0.5))
            writer.key("p99")
            writer.number(link.quantile(0.99))
          }
        }
      }
      writer.key("spans")
      writer.number(spans)
      if let since {
        writer.key("since")
        writer.number(since)
      }
      writer.key("sample")
      writer.bool(isSample)
    }
    return writer.bytes
  }
}
