// SPDX-License-Identifier: Apache-2.0

import CSpoor
import Foundation
import Testing

/// Reading names in the background leaves most of the processor to the service.
///
/// They run in a process of their own, because nothing rests while a test beside them waits for names.
@Suite(.serialized) struct PaceTests {
  /// Milliseconds that ten pieces of work of 1 ms take, besides the work itself.
  private func rests(isPaced: Bool) async -> Double {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        if isPaced { spoor_pace_begin() }
        let began = ContinuousClock.now
        for piece in 1...10 { spoor_pace(UInt64(piece) * UInt64(SPOOR_PACE_WORK_NS)) }
        continuation.resume(returning: (ContinuousClock.now - began) / .milliseconds(1))
      }
    }
  }

  @Test("a thread that paces itself rests three times as long as it works, others do not rest")
  func rest() async {
    #expect(await rests(isPaced: true) >= 30)
    #expect(await rests(isPaced: false) < 10)
  }

  @Test("nothing rests while another thread waits")
  func noRestForWaiters() async {
    spoor_pace_wait_begin()
    defer { spoor_pace_wait_end() }
    #expect(await rests(isPaced: true) < 10)
  }
}
