// SPDX-License-Identifier: Apache-2.0

import CSpoor
import SpoorStacks
import Testing

extension ThrowTests {
  private func caught(_ body: () async throws -> Void) async -> (any Error)? {
    do { try await body() } catch { return error }
    return nil
  }

  private func place(_ failure: CapturedFailure) -> String? {
    failure.rethrownAt.flatMap { symbolicator.resolve($0).first(where: \.isProject)?.function }
  }

  @Test("an error that was rethrown has that place, in addition to its first stack")
  func placeOfRethrow() async throws {
    StackCapture.install(.init(mode: .always))
    let ways: [(body: @Sendable () async throws -> Void, place: String)] = [
      ({ try Thrower.rethrown() }, "static Thrower.rethrown()"),
      ({ try Thrower.castAndRethrown() }, "static Thrower.castAndRethrown()"),
      ({ try Thrower.typedRethrown() }, "static Thrower.typedRethrown()"),
      ({ try Thrower.bridged() }, "static Thrower.bridged()"),
      ({ try await Thrower.continuationAfterCatch() }, "static Thrower.continuationAfterCatch()"),
      ({ try await Thrower.streamAfterCatch() }, "static Thrower.streamAfterCatch()"),
      ({ try await Thrower.taskResult() }, "static Thrower.taskResult()"),
    ]
    for way in ways {
      let error = try #require(await caught(way.body))
      #expect(place(CapturedFailure(error)) == way.place)
    }
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).rethrownAt == nil) }
  }

  @Test("an error that passed through generic code has its own type, message and causes")
  func errorInAnErrorIsUnwrapped() async throws {
    struct Outer: Error, CustomStringConvertible {
      let cause: any Error
      var description: String { "outer" }
    }
    StackCapture.install(.init(mode: .always))
    let error = try #require(
      await caught {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
          continuation.resume(throwing: Outer(cause: PlainError()))
        }
      })
    let failure = CapturedFailure(error)
    #expect(failure.type == "Outer" && failure.message == "outer")
    #expect(failure.causes.map(\.type) == ["PlainError"])
    let wrapped = CapturedFailure(Outer(cause: error))
    #expect(wrapped.causes.map(\.type) == ["Outer", "PlainError"])
    let inContext = CapturedFailure(ErrorContext("placing", underlyingError: error))
    #expect(inContext.type == "Outer" && inContext.id == failure.id)
  }

  @Test("the records of a span and a log of the same error are one failure, with one stack")
  func recordsAgree() async throws {
    TestSpan.useAsContext()
    StackCapture.install()
    let ways: [@Sendable () async throws -> Void] = [
      { try Thrower.untyped() }, { try await Thrower.taskGroup() }, { try await Thrower.asyncLet() },
      { try await Thrower.continuationAfterCatch() }, { try Thrower.castAndRethrown() },
      { try Thrower.typedRethrown() },
    ]
    for way in ways {
      var inSpan: CapturedFailure?
      let error = try #require(
        await caught {
          try await TestSpan.with(900) {
            do { try await way() } catch {
              CapturedFailure.noteCatch(of: error)
              inSpan = CapturedFailure(error, sinks: .span)
              throw error
            }
          }
        })
      let logged = CapturedFailure(error, sinks: .log)
      #expect(logged.id == inSpan?.id && logged.isRecorded(in: .span) && !logged.isRecorded(in: .log))
      #expect(logged.stack == inSpan?.stack)
      #expect(logged.spanAtThrow?.spanID == 900)
    }
  }

  @Test("an error that is caught as its type, after a span has recorded it, is the same failure")
  func castErrorIsTheRecordedOne() throws {
    TestSpan.useAsContext()
    StackCapture.install()
    @inline(never) func charge() throws -> CapturedFailure? {
      var inSpan: CapturedFailure?
      do {
        try TestSpan.with(901) {
          do { try Thrower.untyped() } catch {
            inSpan = CapturedFailure(error, sinks: .span)
            throw error
          }
        }
      } catch let error as PlainError {
        let logged = CapturedFailure(error, sinks: .log)
        #expect(logged.id == inSpan?.id && !logged.isRecorded(in: .log))
        #expect(logged.stackSource == .inferred)
        #expect(logged.projectFunctions.first == "static Thrower.untyped()")
      }
      return inSpan
    }
    #expect(try charge() != nil)
  }

  @Test("another case of the same enum is another error, even if one was thrown before")
  func anotherCaseIsAnotherError() {
    enum CaseError: Error { case refused(String), exhausted }
    @inline(never) func refuse() throws { throw CaseError.refused("x") }
    @inline(never) func retry() throws {
      do { try refuse() } catch { Thrower.keep() }
      throw CaseError.exhausted
    }
    StackCapture.install(.init(mode: .always))
    do { try retry() } catch {
      let failure = CapturedFailure(error)
      #expect(failure.stackSource == .exact)
      #expect(failure.projectFunctions.first?.contains("retry") == true)
    }
  }

  @Test("the stack of an error that generic code passed on from an uncaptured place is not exact")
  func unseenThrowIsNotExact() async throws {
    TestSpan.useAsContext()
    StackCapture.install()
    let error = try #require(await caught { try await TestSpan.with(902) { try await Thrower.continuation() } })
    #expect(CapturedFailure(error).stackSource == .inferred)
  }

  @Test("a throw that was not captured, but is recorded and rethrown by a span, does not count as the span's own")
  func throwOnBySpanIsNotTheThrow() async throws {
    TestSpan.useAsContext()
    StackCapture.install()
    let error = try #require(
      await caught {
        try await TestSpan.with(903) {
          // A detached task has no span.
          do { try await Thrower.detached() } catch {
            #expect(CapturedFailure(error, sinks: .span).stackSource == .catchSite)
            throw error
          }
        }
      })
    #expect(CapturedFailure(error, sinks: .log).stackSource == .catchSite)
  }

  @Test("the outer frames of a deep stack are kept", arguments: [31, 32, 33, 100, 200, 400])
  func deepStackIsWhole(depth: Int) throws {
    StackCapture.install(.init(mode: .always))
    do { try Thrower.deep(depth) } catch {
      let failure = CapturedFailure(error)
      #expect(failure.stack.frames.count <= 256)
      #expect(failure.projectFunctions.prefix(depth).allSatisfy { $0 == "static Thrower.deep(_:)" })
      if depth < 200 { #expect(failure.projectFunctions.contains { $0.contains("deepStackIsWhole") }) }
    }
  }

  @Test("the newest of many deep stacks are complete, and the others have their nearest frames")
  func deepStacksAreBounded() throws {
    StackCapture.install(.init(mode: .always))
    var errors: [any Error] = []
    for _ in 0..<300 { do { try Thrower.deep(60) } catch { errors.append(error) } }
    let newest = try #require(errors.last), oldest = try #require(errors.first)
    #expect(CapturedFailure(newest).stack.frames.count > 60)
    #expect(CapturedFailure(oldest).stack.frames.count == 32)
  }
}
