// SPDX-License-Identifier: Apache-2.0

import CSpoor
import SpoorStacks
import Testing

extension ThrowTests {
  private func install(_ options: StackCapture.Options = .init()) {
    TestSpan.useAsContext()
    StackCapture.install(options)
  }

  @Test("the span is the one at the throw, although it has ended and a sibling has started")
  func spanIsThatOfTheThrow() throws {
    install()
    var caught: (any Error)?
    TestSpan.with(100) {
      do { try TestSpan.with(101) { try Thrower.untyped() } } catch { caught = error }
      TestSpan.with(102) {
        let failure = caught.map { CapturedFailure($0) }
        #expect(failure?.spanAtThrow?.spanID == 101)
        #expect(failure?.spanAtThrow?.traceIDLow == 505)
        #expect(failure?.stackSource == .exact)
      }
    }
  }

  @Test("a child task's throw has the inherited span", arguments: [1, 2, 3])
  func spanIsInherited(round: Int) async throws {
    install()
    let failure = await TestSpan.with(UInt64(200 + round)) { () -> CapturedFailure? in
      do { try await Thrower.taskGroup() } catch { return CapturedFailure(error) }
      return nil
    }
    #expect(failure?.spanAtThrow?.spanID == UInt64(200 + round))
  }

  @Test("outside a span nothing is captured by default")
  func nothingOutsideASpan() {
    install()
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).stackSource == .catchSite) }
  }

  @Test("a throw in a context without a span is captured without a span")
  func unknownContextIsCaptured() {
    install()
    TestSpan.$context.withValue(TestContext()) {
      do { try Thrower.untyped() } catch {
        let failure = CapturedFailure(error)
        #expect(failure.stackSource == .exact)
        #expect(failure.spanAtThrow == nil)
      }
    }
  }

  @Test("off captures nothing, not even inside a span")
  func offCapturesNothing() {
    install(.init(mode: .off))
    TestSpan.with(300) {
      do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).stackSource == .catchSite) }
    }
  }

  @Test("one throw in four of a place is captured, the first one included")
  func rateIsPerPlace() {
    install(.init(mode: .always, onePer: 4))
    @inline(never) func place() throws { throw PlainError() }
    var sources: [StackSource] = []
    for _ in 0..<8 { do { try place() } catch { sources.append(CapturedFailure(error).stackSource) } }
    let exact = sources.enumerated().filter { $0.element == .exact }.map(\.offset)
    // Another place may share the counter, so only the rate is known, not the start.
    #expect(exact.count == 2)
    #expect(exact.last.map { last in exact.first.map { last - $0 } } == 4)
  }
}
