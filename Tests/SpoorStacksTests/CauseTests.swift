// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorStacks
import Testing

private struct ReadError: Error, CustomStringConvertible {
  var description: String { "read timed out" }
}
private struct StoredError: Error {
  let underlyingError: (any Error)?
}
private struct ComputedError: CausedError {
  var cause: (any Error)? { ReadError() }
}
private enum EnumError: Error {
  case plain(any Error)
  case labelled(cause: any Error)
  case context(Context)
  struct Context { let text = "x", underlyingError: (any Error)? }
}
private class BaseError: Error, @unchecked Sendable {
  var cause: (any Error)?  // set before it is shared
  init(cause: (any Error)?) { self.cause = cause }
}
private final class DerivedError: BaseError, @unchecked Sendable {}
private struct EndlessError: CausedError {
  let depth: Int
  var cause: (any Error)? { EndlessError(depth: depth + 1) }
}

@Suite struct CauseTests {
  static let oneCause: [(String, any Error)] = [
    ("a stored property", StoredError(underlyingError: ReadError())),
    ("a computed property", ComputedError()),
    ("an enum's payload", EnumError.plain(ReadError())),
    ("an enum's labelled payload", EnumError.labelled(cause: ReadError())),
    ("a structure in an enum", EnumError.context(.init(underlyingError: ReadError()))),
    ("a class", BaseError(cause: ReadError())),
    ("a superclass", DerivedError(cause: ReadError())),
    ("an NSError", NSError(domain: "d", code: 1, userInfo: [NSUnderlyingErrorKey: ReadError()])),
    (
      "a decoding error",
      DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "x", underlyingError: ReadError()))
    ),
    ("our context", ErrorContext("c", underlyingError: ReadError())),
  ]

  @Test("the cause is found in", arguments: oneCause.map(\.0))
  func causeIsFound(name: String) throws {
    let error = try #require(Self.oneCause.first { $0.0 == name }?.1)
    let failure = CapturedFailure(error)
    #expect(failure.causes.map(\.type) == ["ReadError"])
    #expect(failure.causes.map(\.message) == ["read timed out"])
  }

  @Test(
    "an error without a cause has none", arguments: [StoredError(underlyingError: nil), ReadError()] as [any Error])
  func noCause(error: any Error) { #expect(CapturedFailure(error).causes.isEmpty) }

  @Test("an endless chain is followed for eight links")
  func endlessChainIsCut() { #expect(CapturedFailure(EndlessError(depth: 0)).causes.count == 8) }

  @Test("a cycle of objects is followed once")
  func cycleIsFollowedOnce() {
    let first = BaseError(cause: nil)
    let second = DerivedError(cause: first)
    first.cause = second
    #expect(CapturedFailure(first).causes.map(\.type) == ["DerivedError"])
    first.cause = nil
  }

  @Test("a context has the original's type, the added sentences and the original's message")
  func contextIsTransparent() throws {
    do {
      try withErrorContext("placing the order") { try withErrorContext("charging the card") { throw ReadError() } }
      Issue.record("nothing was thrown")
    } catch {
      let failure = CapturedFailure(error)
      #expect(failure.type == "ReadError")
      #expect(failure.message == "placing the order: charging the card: read timed out")
      #expect(failure.causes.map(\.message) == ["charging the card: read timed out", "read timed out"])
      #expect((error as? ErrorContext)?.original is ReadError)
    }
  }

  @Test("a context lets a cancellation pass unchanged")
  func contextPassesCancellation() async {
    await #expect(throws: CancellationError.self) {
      try await withErrorContext("waiting") {
        await Task.yield()
        throw CancellationError()
      }
    }
  }

  @Test("a context can be made inside an actor, with its state")
  func contextWorksInActors() async throws {
    actor Account {
      var tries = 0
      func withdraw() async throws {
        try await withErrorContext("withdrawing") {
          tries += 1
          await Task.yield()
          throw ReadError()
        }
      }
    }
    let account = Account()
    await #expect(throws: ErrorContext.self) { try await account.withdraw() }
    #expect(await account.tries == 1)
  }

  @Test("a long message is cut at a character, with the number of bytes left out")
  func longMessageIsCut() {
    struct LongError: Error, CustomStringConvertible { var description: String { String(repeating: "é", count: 2000) } }
    let message = CapturedFailure(LongError()).message
    #expect(message.hasPrefix("éé") && message.hasSuffix("é…(1952 bytes more)"), "\(message.suffix(30))")
  }

  @Test("a type in a private context has the same name in each run")
  func privateTypeHasNoAddress() {
    struct LocalError: Error {}
    #expect(CapturedFailure(LocalError()).qualifiedType == "SpoorStacksTests.CauseTests.LocalError")
  }
}

extension ThrowTests {
  @Test("each cause has the stack of its own throw")
  func causesHaveTheirStacks() throws {
    StackCapture.install(.init(mode: .always))
    do {
      do { try Thrower.untyped() } catch { throw ErrorContext("outer", underlyingError: error) }
    } catch {
      let cause = try #require(CapturedFailure(error).causes.first)
      let stack = try #require(cause.stack)
      #expect(stack.source == .exact)
      #expect(symbolicator.resolve(stack).first(where: \.isProject)?.function == "static Thrower.untyped()")
    }
  }
}
