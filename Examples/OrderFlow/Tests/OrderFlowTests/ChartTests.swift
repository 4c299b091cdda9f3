// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import OrderFlow

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct ChartTests {
  @Test func `a chart is well-formed and has every point`() throws {
    var chart = Chart(title: "a < b & \"c\"", unit: "ms")
    chart.series = [
      .init(name: "line", style: .line, points: [(0, 0), (1, 5), (2, 10)]),
      .init(name: "dots", style: .dots, points: [(0.5, 2), (1.5, 8)]),
    ]
    let parser = XMLParser(data: Data(chart.svg.utf8))
    #expect(parser.parse(), "\(chart.svg)")
    #expect(chart.svg.components(separatedBy: "<circle").count == 3)
  }

  @Test func `a chart without points has no lines`() {
    let chart = Chart(title: "nothing", unit: "ms")
    #expect(XMLParser(data: Data(chart.svg.utf8)).parse())
  }
}
