// SPDX-License-Identifier: Apache-2.0

import SpoorModel
import SpoorTerminal
import Testing

/// `spoor trace --details`.
@Suite struct SpanDetailsTests {
  private func spans() throws -> [ZipkinSpan] {
    let json = #"""
      {"spans":[{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"0000000000000001","name":"place order","timestamp":1700000000000000,"duration":400000,
        "localEndpoint":{"serviceName":"order"},"tags":{"number":"5"},
        "otlp":{"span":{"traceId":"463ac35c9f6413ad48485a3953bb6124","spanId":"0000000000000001","name":"Place Order",
            "attributes":[{"key":"text","value":{"stringValue":"5"}},{"key":"number","value":{"intValue":"5"}},
              {"key":"fraction","value":{"doubleValue":2}},
              {"key":"flag","value":{"boolValue":true}},{"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"}]}}},
              {"key":"bytes","value":{"bytesValue":"AQI="}},{"key":"evil\u001b[2J","value":{"stringValue":"\u001b]0;x\u0007\u202e"}}],
            "events":[{"timeUnixNano":"1700000000000300000","name":"reached","attributes":[{"key":"step","value":{"intValue":"7"}}]}],
            "links":[{"traceId":"00000000000000000000000000000007","spanId":"0000000000000008","attributes":[{"key":"why","value":{"stringValue":"retry"}}]}],
            "droppedEventsCount":3,"traceState":"vendor=x"},
          "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"Order"}},{"key":"cores","value":{"intValue":"2"}}]},
          "scope":{"name":"spoor","version":"1.0"}}},
       {"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"0000000000000002","parentId":"0000000000000001","name":"old","timestamp":1700000000000100,"duration":10,
        "tags":{"k":"v"},"annotations":[{"timestamp":1700000000000105,"value":"note"}]}],"logs":[]}
      """#
    return try TraceFile(Array(json.utf8)).spans
  }

  @Test func typesEventsLinksScopeAndResourceAreShownOnRequestOnly() throws {
    let tree = TraceTree(try spans())
    let plain = TraceView(tree: tree).lines.joined(separator: "\n")
    // Tags and events are always shown; types, scope and resource are not.
    #expect(plain.contains("number=5") && plain.contains("note"), "\(plain)")
    #expect(!plain.contains("scope") && !plain.contains("resource:") && !plain.contains("base64"), "\(plain)")
    let lines = TraceView(tree: tree, showsDetails: true).lines.map { line in
      String(line.drop { $0 == " " || $0 == "│" })
    }
    for expected in [
      #"text = "5""#, "number = 5", "fraction = 2.0", "flag = true", #"list = [1,"x"]"#, "bytes = base64 AQI=",
      "+300 µs reached", "step = 7", "link to 0000000000000007-0000000000000008", #"why = "retry""#,
      "dropped events: 3",
      "trace state: vendor=x", "scope: spoor 1.0", "resource:", #"service.name = "Order""#, "cores = 2", #"k = "v""#,
      "+105 µs note",
    ] { #expect(lines.contains { $0.hasSuffix(expected) }, "\(expected) in \(lines)") }
    // Nothing from outside controls the terminal.
    #expect(!lines.joined().unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
  }
}
