// SPDX-License-Identifier: Apache-2.0

import SpoorBase
import Testing

/// Work in several parts, and those who wait for it.
@Suite struct CountdownTests {
  @Test func everyWaiterGoesOnAfterTheLastPart() async {
    let countdown = Countdown(3)
    let waiters = (0..<10).map { _ in Task { await countdown.wait(until: .now + .seconds(60)) } }
    for _ in 0..<3 {
      #expect(!countdown.hasSucceeded)
      countdown.finishPart()
    }
    for waiter in waiters { #expect(await waiter.value) }
    #expect(countdown.wait(nanoseconds: 0))
  }

  @Test func aPartThatFailsMakesTheWholeFail() async {
    let countdown = Countdown(2)
    countdown.finishPart(succeeded: false)
    countdown.finishPart()
    #expect(!countdown.wait(nanoseconds: 60_000_000_000))
    #expect(await !countdown.wait(until: .now + .seconds(60)))
  }

  @Test func nobodyWaitsLongerThanAsked() async {
    let countdown = Countdown(1)
    let clock = ContinuousClock()
    let time = await clock.measure { #expect(await !countdown.wait(until: .now + .milliseconds(30))) }
    #expect(time >= .milliseconds(30))
    #expect(clock.measure { _ = countdown.wait(nanoseconds: 30_000_000) } >= .milliseconds(30))
    #expect(await !countdown.wait(until: .now - .seconds(1)))
    #expect(Countdown(0).hasSucceeded)
  }
}
