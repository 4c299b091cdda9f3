// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorStacks
import Testing

extension ThrowTests {
  /// A way to throw, and the expected record.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let top: String
    let source: StackSource
    let failure: @Sendable () async -> CapturedFailure?

    var testDescription: String { name }

    init(
      _ name: String, top: String, _ source: StackSource = .exact, _ body: @escaping @Sendable () async throws -> Void
    ) {
      self.init(name, top: top, source, failure: { await Self.caught(body) })
    }

    init(_ name: String, top: String, _ source: StackSource, failure: @escaping @Sendable () async -> CapturedFailure?)
    {
      self.name = name
      self.top = top
      self.source = source
      self.failure = failure
    }

    @inline(never)
    private static func caught(_ body: () async throws -> Void) async -> CapturedFailure? {
      do { try await body() } catch { return CapturedFailure(error) }
      return nil
    }
  }

  static let rows: [Row] = [
    Row("untyped", top: "static Thrower.untyped()") { try Thrower.untyped() },
    Row("typed", top: "static Thrower.typed()", .inferred) { try Thrower.typed() },
    Row("typed, class", top: "static Thrower.typedObject()") { try Thrower.typedObject() },
    Row("typed, async", top: "static Thrower.typedNumber(_:)", .inferred) { try await Thrower.typedNumber(1) },
    Row("async", top: "static Thrower.asynchronous()") { try await Thrower.asynchronous() },
    Row("actor", top: "Thrower.Account.withdraw()") { try await Thrower.actor() },
    Row("task group", top: "static Thrower.asynchronous()") { try await Thrower.taskGroup() },
    Row("async let", top: "static Thrower.asynchronous()") { try await Thrower.asyncLet() },
    Row("detached", top: "static Thrower.asynchronous()") { try await Thrower.detached() },
    Row("rethrown by catch and throw", top: "static Thrower.untyped()") { try Thrower.rethrown() },
    Row("rethrows", top: "static Thrower.untyped()") { try Thrower.rethrowing(Thrower.untyped) },
    Row("wrapped in a context", top: "static Thrower.untyped()") { try Thrower.wrapped() },
    Row("result", top: "static Thrower.untyped()") { try Thrower.result() },
    Row("class error", top: "static Thrower.object()") { try Thrower.object() },
    Row("class error, cast", top: "static Thrower.object()", .exact) {
      do { try Thrower.object() } catch let error as ObjectError { return CapturedFailure(error) } catch {}
      return nil
    },
    Row("static let", top: "static Thrower.sharedHere()", .inferred) {
      do { try Thrower.sharedThere() } catch { _ = CapturedFailure(error) }
      do { try Thrower.sharedHere() } catch { return CapturedFailure(error) }
      return nil
    },
    Row("NSError", top: "static Thrower.foundation()") { try Thrower.foundation() },
    Row("JSONDecoder", top: "static Thrower.decoding()") { try Thrower.decoding() },
    Row("continuation", top: "static Thrower.continuation()") { try await Thrower.continuation() },
    Row("AsyncThrowingStream", top: "static Thrower.stream()") { try await Thrower.stream() },
    Row("re-boxed by a cast", top: "static Thrower.untyped()", .inferred) {
      do { try Thrower.untyped() } catch let error as PlainError { return CapturedFailure(error) } catch {}
      return nil
    },
    Row("continuation, caught before", top: "static Thrower.untyped()") { try await Thrower.continuationAfterCatch() },
    Row("AsyncThrowingStream, caught before", top: "static Thrower.untyped()") { try await Thrower.streamAfterCatch() },
    Row("cast and rethrown", top: "static Thrower.untyped()", .inferred) { try Thrower.castAndRethrown() },
    Row("typed, propagated untyped", top: "static Thrower.typed()", .inferred) { try Thrower.typedPassedOn() },
    Row("typed, rethrown untyped", top: "static Thrower.typed()", .inferred) { try Thrower.typedRethrown() },
    Row("rethrown as NSError", top: "static Thrower.untyped()", .inferred) { try Thrower.bridged() },
    Row("task result", top: "static Thrower.asynchronous()") { try await Thrower.taskResult() },
    Row("a hundred frames deep", top: "static Thrower.deep(_:)") { try Thrower.deep(100) },
    Row("never thrown", top: "static Thrower.unthrown()", .catchSite) { Thrower.unthrown() },
  ]

  @Test("the stack is that of the throw", arguments: rows)
  func stackIsOfTheThrow(row: Row) async throws {
    StackCapture.install(.init(mode: .always))
    let failure = try #require(await row.failure())
    #expect(failure.stackSource == row.source)
    #expect(failure.projectFunctions.first == row.top, "\(symbolicator.text(failure.stack))")
  }
}
