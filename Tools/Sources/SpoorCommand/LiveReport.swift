// SPDX-License-Identifier: Apache-2.0

import SpoorInspect
import SpoorTerminal

/// The printed form of what living processes are in the middle of.
enum LiveReport {
  private struct Process: Hashable {
    let instance: String
    let processID: UInt64
  }

  private static func count(_ spans: [LiveSpan]) -> Int {
    Set(spans.lazy.map { Process(instance: $0.instance, processID: $0.processID) }).count
  }

  /// The open spans, the oldest first, with a heading. Values of others cannot control the terminal.
  ///
  /// - Parameter limit: at most so many spans; the heading counts all of them.
  static func text(_ spans: [LiveSpan], limit: Int) -> String {
    let processes = count(spans)
    var text = "\(spans.count) open spans in \(processes) processes"
    text += spans.count > limit ? ", the oldest \(limit):\n" : "\n"
    for span in spans.prefix(limit) {
      let age = Durations.text(Int64(clamping: span.age / 1000))
      text += "\n\(age)  \(PlainText.of(span.service)) pid \(span.processID)  \(PlainText.of(span.name))\n"
      text += "  trace \(span.traceID)  span \(span.spanID)"
      if let event = span.lastEvent { text += "  last event \(PlainText.of(event))" }
      text += "\n"
      if !span.tags.isEmpty {
        text += "  " + span.tags.map { PlainText.of("\($0.key)=\($0.value)") }.joined(separator: "  ") + "\n"
      }
    }
    return text
  }
}
