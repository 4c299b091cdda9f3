// SPDX-License-Identifier: Apache-2.0

import CSpoor
import Foundation
import SpoorStacks

struct PlainError: Error, Equatable {
  var number = 1
}

final class ObjectError: Error {
  let number = 2
}

struct TypedError: Error {
  var number = 3
}

enum Shared {
  static let error: any Error = PlainError(number: 4)
  static let unrecorded: any Error = PlainError(number: 5)
}

/// Each function throws in its own way, and the optimizer may not inline it into its caller.
enum Thrower {
  @inline(never) static func untyped() throws { throw PlainError() }
  @inline(never) static func typed() throws(TypedError) { throw TypedError() }
  @inline(never) static func typedNumber(_ number: Int) async throws(TypedError) {
    await Task.yield()
    throw TypedError(number: number)
  }
  @inline(never) static func asynchronous() async throws {
    await Task.yield()
    throw PlainError()
  }
  @inline(never) static func object() throws { throw ObjectError() }
  @inline(never) static func typedObject() throws(ObjectError) { throw ObjectError() }
  @inline(never) static func sharedHere() throws { throw Shared.error }
  @inline(never) static func sharedThere() throws {
    keep()  // otherwise it is the same code as `sharedHere`, and the linker merges them
    throw Shared.error
  }
  @inline(never) static func sharedUnrecorded(_ id: UInt64) throws { throw Shared.unrecorded }
  @inline(never) static func foundation() throws { throw NSError(domain: "test", code: 5) }
  @inline(never) static func decoding() throws { _ = try JSONDecoder().decode([Int].self, from: Data("{".utf8)) }

  @inline(never) static func rethrown() throws {
    do { try untyped() } catch { throw error }
  }
  @inline(never) static func rethrowing(_ body: () throws -> Void) rethrows {
    try body()
    keep()
  }
  @inline(never) static func wrapped() throws {
    try withErrorContext("while wrapping") { try untyped() }
  }
  @inline(never) static func result() throws { try Result { try untyped() }.get() }
  @inline(never) static func continuation() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      continuation.resume(throwing: PlainError())
    }
  }
  @inline(never) static func continuationAfterCatch() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      do { try untyped() } catch { continuation.resume(throwing: error) }
    }
    keep()
  }
  @inline(never) static func streamAfterCatch() async throws {
    let stream = AsyncThrowingStream<Int, any Error> { continuation in
      do { try untyped() } catch { continuation.finish(throwing: error) }
    }
    for try await _ in stream { keep() }
    keep()
  }
  @inline(never) static func castAndRethrown() throws {
    do { try untyped() } catch let error as PlainError {
      keep()
      throw error
    }
  }
  @inline(never) static func typedPassedOn() throws {
    try typed()
    keep()
  }
  @inline(never) static func typedRethrown() throws {
    do { try typed() } catch {
      keep()
      throw error as any Error
    }
  }
  @inline(never) static func bridged() throws {
    do { try untyped() } catch {
      keep()
      throw error as NSError
    }
  }
  @inline(never) static func taskResult() async throws {
    try await Task { try await asynchronous() }.result.get()
    keep()
  }
  @inline(never) static func deep(_ depth: Int) throws {
    guard depth > 0 else { throw PlainError() }
    try deep(depth - 1)
    keep()
  }
  @inline(never) static func stream() async throws {
    let stream = AsyncThrowingStream<Int, any Error> { $0.finish(throwing: PlainError()) }
    for try await _ in stream {}
  }
  @inline(never) static func taskGroup() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await asynchronous() }
      try await group.waitForAll()
    }
  }
  @inline(never) static func asyncLet() async throws {
    async let result: Void = asynchronous()
    try await result
    keep()
  }
  @inline(never) static func detached() async throws {
    try await Task.detached { try await asynchronous() }.value
    keep()
  }

  actor Account {
    private var balance = 0
    @inline(never) func withdraw() throws {
      balance -= 1
      throw PlainError()
    }
  }
  @inline(never) static func actor() async throws {
    try await Account().withdraw()
    keep()
  }

  @inline(never) static func unthrown() -> CapturedFailure? {
    struct UnthrownError: Error {}
    return CapturedFailure(UnthrownError())
  }

  /// Prevents the calls before it from being tail calls, whose frames would be gone.
  @inline(never) static func keep() { _ = spoor_current_task() }
}
