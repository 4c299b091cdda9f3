// SPDX-License-Identifier: Apache-2.0

import Tracing

/// The traces of a run. The default is 20 000 traces of a root and four children with three attributes each.
///
/// Options, each a number: `spans=` in total, `per-trace=` a root and its children, `attributes=` per span, `open=`
/// spans that begin earlier and stay open, so that they occupy the journal, and `record=0` for the loop and its waits
/// without spans, to measure the pacing itself.
struct Shape {
  private(set) var spans = 100_000
  private(set) var spansPerTrace = 5
  private(set) var openSpans = 0
  private(set) var isRecording = true
  /// Attributes that are set one by one instead of the three, or nil.
  private var attributes: [(key: String, value: SpanAttribute)]?

  /// `nil` for an unknown option.
  init?(_ options: some Sequence<String>) {
    for option in options {
      let parts = option.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1]), number >= 0 else { return nil }
      switch parts[0] {
      case "spans": spans = number
      case "per-trace": spansPerTrace = max(number, 1)
      case "open": openSpans = number
      case "record": isRecording = number != 0
      // Every second value is a short string, the others are numbers, as in services.
      case "attributes":
        attributes = (0..<number).map { place in
          ("attribute.\(place)", place.isMultiple(of: 2) ? .string("ORD\(7890 + place)") : .int64(Int64(place)))
        }
      default: return nil
      }
    }
  }

  /// Records one trace through the global functions.
  @inline(never)
  func trace(_ number: Int) {
    guard isRecording else { return }
    withSpan("POST /orders", ofKind: .server) { root in
      attribute(root, number)
      for _ in 1..<spansPerTrace { withSpan("charge", ofKind: .client) { attribute($0, number) } }
    }
  }

  private func attribute(_ span: any Span, _ number: Int) {
    if let attributes {
      for (key, value) in attributes { span.attributes[key] = value }
    } else {
      span.attributes["order.id"] = "ORD7890"
      span.attributes["user.id"] = "U5678"
      span.attributes["retry.count"] = number & 3
    }
  }
}
