import Tracing

/// What the traces of a run look like. Without options: 20 000 traces of a root and four children, three attributes each.
///
/// Options, each a number: `spans=` in all, `per-trace=` a root and the rest its children, `attributes=` a span,
/// `open=` spans that are begun before and stay open, so that they hold their places in the journal, and `record=0` for
/// the loop and its waits without any span: what pacing itself costs.
struct Shape {
  private(set) var spans = 100_000
  private(set) var spansPerTrace = 5
  private(set) var openSpans = 0
  private(set) var isRecording = true
  /// Set one by one instead of the three; nil for those.
  private var attributes: [(key: String, value: SpanAttribute)]?

  /// Nil for an option that is none.
  init?(_ options: some Sequence<String>) {
    for option in options {
      let parts = option.split(separator: "=")
      guard parts.count == 2, let number = Int(parts[1]), number >= 0 else { return nil }
      switch parts[0] {
      case "spans": spans = number
      case "per-trace": spansPerTrace = max(number, 1)
      case "open": openSpans = number
      case "record": isRecording = number != 0
      // Every second value is a short string, the others are numbers, as services have them.
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
