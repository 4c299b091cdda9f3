// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorTestSupport
import Testing

/// Starts of a service with the journals of many dead processes and too few resources.
@Suite("Many dead journals")
struct DeadJournalLimitTests {
  @Test("stay in place if there are too few descriptors, and are shipped by the next start")
  func fewDescriptors() throws {
    let isUp = Locked(false)
    let bench = try EndingBench { _ in .answer(isUp.withLock { $0 } ? 202 : 503) }
    for _ in 0..<12 { try bench.run("crash", environment: ["SPOOR_CRASHES": "0"]) }
    #expect(bench.files().names.filter { $0.hasSuffix(".spoor") }.count == 12)
    try bench.run("ship", environment: ["SPOOR_SHUTDOWN_TIMEOUT": "1000"], limit: "-n 18")
    #expect(bench.files().names.allSatisfy { !$0.hasSuffix(".rejected") })
    isUp.withLock { $0 = true }
    try bench.run("ship")
    #expect(bench.files().names.isEmpty)
    #expect(bench.spans.filter { $0["name"] as? String == "ended" }.count >= 12)
  }

  @Test("are all shipped, however many there are")
  func all() throws {
    let isUp = Locked(false)
    let bench = try EndingBench { _ in .answer(isUp.withLock { $0 } ? 202 : 503) }
    for _ in 0..<40 { try bench.run("crash", environment: ["SPOOR_CRASHES": "0"]) }
    isUp.withLock { $0 = true }
    try bench.run("ship")
    #expect(bench.files().names.isEmpty)
    let ended = bench.spans.filter { $0["name"] as? String == "ended" }.compactMap { $0["id"] as? String }
    #expect(Set(ended).count == 40)
  }
}
