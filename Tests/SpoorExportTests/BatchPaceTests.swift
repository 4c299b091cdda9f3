// SPDX-License-Identifier: Apache-2.0

import SpoorExport
import Testing

@Suite("The size of batches")
struct BatchPaceTests {
  @Test("grows with the collector's latency up to a limit, and shrinks for a fast collector")
  func pace() {
    var pace = BatchPace(least: 500_000)
    for _ in 0..<10 { pace.delivered(bytes: pace.bytes, in: .seconds(2), timeout: .seconds(10)) }
    #expect(pace.bytes == BatchPace.most && !pace.isLeast)
    for _ in 0..<10 { pace.delivered(bytes: pace.bytes, in: .milliseconds(20), timeout: .seconds(10)) }
    #expect(pace.isLeast && pace.bytes == 500_000)
  }

  @Test("does not change if there is no more to send, or if a response takes nearly too long")
  func steady() {
    var pace = BatchPace(least: 500_000)
    pace.delivered(bytes: 100_000, in: .seconds(2), timeout: .seconds(10))
    #expect(pace.isLeast)
    pace.delivered(bytes: 500_000, in: .seconds(3), timeout: .seconds(10))
    #expect(pace.isLeast)
    pace.delivered(bytes: 500_000, in: .seconds(2), timeout: .seconds(10))
    #expect(pace.bytes == 1_000_000)
    pace.delivered(bytes: 1_000_000, in: .milliseconds(200), timeout: .seconds(10))
    #expect(pace.bytes == 1_000_000)
    pace.failed()
    #expect(pace.isLeast)
  }
}
