// SPDX-License-Identifier: Apache-2.0

import CSpoor
import Foundation
import SpoorStacks
import SpoorTestSupport
import Testing

extension ThrowTests {
  @Test("eight tasks that throw the same type each get their own stack and count")
  func tasksGetTheirOwn() async {
    StackCapture.install(.init(mode: .always))
    let busy = spoor_throws_count().busy
    let wrong = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          var wrong = 0
          for round in 0..<50 {
            do { try await Self.throwing(task % 2 == 0) } catch {
              let failure = CapturedFailure(error)
              let expected = task % 2 == 0 ? "static ThrowTests.even()" : "static ThrowTests.odd()"
              if failure.projectFunctions.first != expected { wrong += 1 }
            }
            if round % 8 == 0 { await Task.yield() }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    // A throw whose shard is locked for too long gets no stack and is counted.
    #expect(wrong <= Int(spoor_throws_count().busy - busy))
    #expect(wrong <= 4)
  }

  @inline(never) static func throwing(_ isEven: Bool) async throws(TypedError) {
    await Task.yield()
    if isEven { try even() } else { try odd() }
    Thrower.keep()
  }
  @inline(never) static func even() throws(TypedError) { throw TypedError(number: 2) }
  @inline(never) static func odd() throws(TypedError) { throw TypedError(number: 1) }

  @Test("an error that is thrown again keeps its first stack, and the throws are counted")
  func firstStackIsKept() throws {
    StackCapture.install(.init(mode: .always))
    do { try Thrower.rethrown() } catch {
      let failure = CapturedFailure(error)
      #expect(failure.throwCount == 2)
      #expect(failure.projectFunctions.prefix(2) == ["static Thrower.untyped()", "static Thrower.rethrown()"])
    }
  }

  @Test("the same error recorded again refers to the first record; another error does not")
  func secondRecordRefersToTheFirst() throws {
    StackCapture.install(.init(mode: .always))
    do { try Thrower.untyped() } catch {
      let first = CapturedFailure(error)
      let second = CapturedFailure(error)
      let wrapped = CapturedFailure(ErrorContext("outer", underlyingError: error))
      #expect(!first.isAlreadyRecorded)
      #expect(second.isAlreadyRecorded && second.id == first.id)
      #expect(wrapped.isAlreadyRecorded && wrapped.id == first.id)
    }
    do { try Thrower.untyped() } catch { #expect(!CapturedFailure(error).isAlreadyRecorded) }
  }

  @Test("an error that was never thrown is recorded once too")
  func unthrownErrorIsRecordedOnce() {
    let error: any Error = PlainError()
    let first = CapturedFailure(error)
    let second = CapturedFailure(error)
    #expect(!first.isAlreadyRecorded)
    #expect(second.isAlreadyRecorded && second.id == first.id)
  }

  @Test("a typed error recorded twice is one failure, and thrown again it is another one")
  func typedErrorIsRecordedOncePerThrow() {
    StackCapture.install(.init(mode: .always))
    var ids: [UInt64] = []
    for _ in 0..<2 {
      do { try Thrower.typed() } catch {
        ids.append(CapturedFailure(error).id)
        ids.append(CapturedFailure(error).id)
      }
    }
    #expect(ids.count == 4 && ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2])
  }

  @Test("an error with several owners has the stack of its newest throw")
  func sharedErrorHasItsNewestStack() {
    StackCapture.install(.init(mode: .always))
    for _ in 0..<3 {
      do { try Thrower.sharedThere() } catch {
        #expect(CapturedFailure(error).projectFunctions.first == "static Thrower.sharedThere()")
      }
      do { try Thrower.sharedHere() } catch {
        #expect(CapturedFailure(error).projectFunctions.first == "static Thrower.sharedHere()")
      }
    }
  }

  @Test("an error with several owners that is thrown in another trace has that trace's stack and span")
  func sharedErrorHasItsOwnTrace() {
    TestSpan.useAsContext()
    StackCapture.install(.init(mode: .always))
    for id in [700, 701] as [UInt64] {
      TestSpan.with(id) {
        do { try Thrower.sharedUnrecorded(id) } catch  where id == 701 {
          let failure = CapturedFailure(error)
          #expect(failure.spanAtThrow?.spanID == 701)
          #expect(!failure.isAlreadyRecorded)
        } catch {}
      }
    }
  }

  /// Counts deinitialisations of an error's payload.
  private final class Payload: Sendable {
    static let alive = Counter()
    init() { Self.alive.add(1) }
    deinit { Self.alive.add(-1) }
  }
  private struct CarryingError: Error { let payload = Payload() }

  @Test("an error's payload is freed at once, although the table knows the error")
  func payloadIsFreed() {
    StackCapture.install(.init(mode: .always))
    @inline(never) func thrower() throws { throw CarryingError() }
    for _ in 0..<100 { try? thrower() }
    #expect(Payload.alive.value == 0)
  }

  @Test(
    "memory does not grow over a hundred thousand throws",
    .enabled(if: Sanitizer.isOff, "sanitizers keep freed memory"))
  func memoryStaysFlat() throws {
    StackCapture.install(.init(mode: .always))
    @inline(never) func thrower(_ number: Int) throws { throw PlainError(number: number) }
    for number in 0..<20_000 { try? thrower(number) }
    // Other tests of this process allocate meanwhile, but memory kept by throws would grow in every round.
    let growth = try (0..<7).map { _ in
      let before = try Self.residentKilobytes()
      for number in 0..<100_000 { try? thrower(number) }
      return try Self.residentKilobytes() - before
    }
    #expect(try #require(growth.min()) < 1024)
  }

  private static func residentKilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(line.split(separator: " ").dropLast().last.flatMap { Int($0) })
  }
}
