// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Synchronization

/// The place of a throw: the function's name in a stack, and its line in this file.
struct Place: Sendable {
  let function: String
  let line: Int

  init(_ function: String, _ line: Int) {
    self.function = function
    self.line = line
  }
}

struct PlainError: Error { var number = 1 }
final class ObjectError: Error {}
struct TypedError: Error { var number = 3 }
enum CaseError: Error, Equatable { case timeout(Int), refused(String), exhausted }
struct StorageFailure: Error { let cause: any Error }

/// Ways to throw, each in its own function that the optimizer merges neither into its caller nor with a similar one.
enum Ways {
  static let here: any Error = PlainError(number: 4)
  static let object = ObjectError()

  /// Prevents the call before it from being a tail call, whose frame would be gone, and two functions from having the
  /// same code.
  @inline(never) static func keep(_ number: Int) { calls.wrappingAdd(number, ordering: .relaxed) }
  private static let calls = Atomic<Int>(0)

  static let plainPlace = Place("static Ways.plain()", #line + 3)
  @inline(never) static func plain() throws {
    keep(29)
    throw PlainError()
  }

  static let objectPlace = Place("static Ways.thrownObject()", #line + 1)
  @inline(never) static func thrownObject() throws { throw ObjectError() }

  static let asyncPlace = Place("static Ways.asynchronous()", #line + 3)
  @inline(never) static func asynchronous() async throws {
    await Task.yield()
    throw PlainError()
  }

  /// An async function that makes room for the arguments of a call on the stack before its frame record.
  static let stackArgumentsPlace = Place("static Ways.stackArguments(_:)", #line + 5)
  @inline(never) static func stackArguments(_ number: Int) async throws {
    await Task.yield()
    if number > 100 { return try await manyArguments(1, 2, 3, 4, 5, 6, 7, 8, number, 10, 11, 12) }
    keep(30)
    throw PlainError()
  }
  @inline(never) private static func manyArguments(
    _ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int, _ f: Int, _ g: Int, _ h: Int, _ i: Int, _ j: Int, _ k: Int,
    _ l: Int
  ) async throws {
    await Task.yield()
    keep(a + b + c + d + e + f + g + h + i + j + k + l)
  }
  @inline(never) static func callsWithStackArguments() async throws {
    try await stackArguments(1)
    keep(31)
  }

  static let typedPlace = Place("static Ways.typed()", #line + 3)
  @inline(never) static func typed() throws(TypedError) {
    keep(1)
    throw TypedError()
  }

  static let typedAsyncPlace = Place("static Ways.typedAsync()", #line + 4)
  @inline(never) static func typedAsync() async throws(TypedError) {
    await Task.yield()
    keep(2)
    throw TypedError()
  }

  @inline(never) static func typedPassedOn() throws {
    try typed()
    keep(3)
  }
  @inline(never) static func typedThrownOn() throws {
    do { try typed() } catch {
      keep(4)
      throw error as any Error
    }
  }
  @inline(never) static func thrownOn() throws {
    do { try plain() } catch {
      keep(5)
      throw error
    }
  }
  @inline(never) static func castAndThrownOn() throws {
    do { try plain() } catch let error as PlainError {
      keep(6)
      throw error
    }
  }
  @inline(never) static func bridged() throws {
    do { try plain() } catch {
      keep(7)
      throw error as NSError
    }
  }

  static let wrappedPlace = Place("static Ways.wrapped()", #line + 2)
  @inline(never) static func wrapped() throws {
    do { try plain() } catch { throw StorageFailure(cause: error) }
  }
  static let typedWrappedPlace = Place("static Ways.typedWrapped()", #line + 4)
  @inline(never) static func typedWrapped() throws(StorageFailure) {
    do { try plain() } catch {
      keep(8)
      throw StorageFailure(cause: error)
    }
  }

  @inline(never) static func result() throws {
    try Result { try plain() }.get()
    keep(9)
  }
  @inline(never) static func group() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await asynchronous() }
      try await group.waitForAll()
    }
    keep(10)
  }
  @inline(never) static func groupByNext() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        try await asynchronous()
        return 1
      }
      for try await number in group { keep(number) }
    }
    keep(11)
  }
  @inline(never) static func discardingGroup() async throws {
    try await withThrowingDiscardingTaskGroup { group in group.addTask { try await asynchronous() } }
    keep(12)
  }
  @inline(never) static func typedInGroup() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await typedAsync() }
      try await group.waitForAll()
    }
    keep(13)
  }
  @inline(never) static func asyncLet() async throws {
    async let result: Void = asynchronous()
    try await result
    keep(14)
  }
  @inline(never) static func taskValue() async throws {
    try await Task { try await asynchronous() }.value
    keep(15)
  }
  @inline(never) static func taskResult() async throws {
    try await Task { try await asynchronous() }.result.get()
    keep(16)
  }
  @inline(never) static func checkedContinuation() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      do { try plain() } catch { continuation.resume(throwing: error) }
    }
    keep(17)
  }
  @inline(never) static func unsafeContinuation() async throws {
    unsafe try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
      do { try plain() } catch { unsafe continuation.resume(throwing: error) }
    }
    keep(18)
  }
  static let queuePlace = Place("static Ways.queueContinuation()", #line + 2)
  @inline(never) static func queueContinuation() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      DispatchQueue.global().async { do { try plain() } catch { continuation.resume(throwing: error) } }
    }
    keep(19)
  }
  @inline(never) static func stream() async throws {
    let stream = AsyncThrowingStream<Int, any Error> { continuation in
      do { try plain() } catch { continuation.finish(throwing: error) }
    }
    for try await number in stream { keep(number) }
    keep(20)
  }
  @inline(never) static func streamFromTask() async throws {
    let stream = AsyncThrowingStream<Int, any Error> { continuation in
      Task { do { try await asynchronous() } catch { continuation.finish(throwing: error) } }
    }
    for try await number in stream { keep(number) }
    keep(21)
  }

  actor Account {
    static let place = Place("Ways.Account.withdraw()", #line + 4)
    private var balance = 0
    @inline(never) func withdraw() throws {
      balance -= 1
      throw PlainError()
    }
  }
  @inline(never) static func actor() async throws {
    try await Account().withdraw()
    keep(22)
  }

  struct Document: Codable {
    struct Part: Codable {
      struct Row: Codable {
        struct Cell: Codable { let value: Int }
        let cells: [Cell]
      }
      let rows: [Row]
    }
    let parts: [Part]
  }
  static let decodingPlace = Place("static Ways.decoded()", #line + 2)
  @inline(never) static func decoded() throws {
    keep(try JSONDecoder().decode(Document.self, from: document).parts.count)
  }
  private static let document = Data(#"{"parts":[{"rows":[{"cells":[{"value":"text"}]}]}]}"#.utf8)

  /// A chain of calls that is longer than the part that is kept of most stacks, with the program's own function at its
  /// end.
  static let deepPlace = Place("static Ways.descend(_:)", #line + 2)
  @inline(never) static func descend(_ depth: Int) throws {
    guard depth > 0 else { throw PlainError() }
    try descend(depth - 1)
    keep(depth)
  }

  static let exhaustedPlace = Place("static Ways.retried()", #line + 5)
  @inline(never) static func retried() throws {
    for attempt in 0..<2 {
      do { try refused(attempt) } catch { keep(attempt) }
    }
    throw CaseError.exhausted
  }
  @inline(never) private static func refused(_ attempt: Int) throws { throw CaseError.refused("\(attempt)") }

  static let constantPlace = Place("static Ways.constant()", #line + 3)
  @inline(never) static func constant() throws {
    keep(23)
    throw here
  }
  static let otherConstantPlace = Place("static Ways.otherConstant()", #line + 4)
  @inline(never) static func otherConstant() throws {
    keep(24)
    keep(ObjectIdentifier(object).hashValue)
    throw here
  }
  @inline(never) static func swallowedConstant() throws {
    do { try constant() } catch { keep(25) }
    try otherConstant()
    keep(26)
  }

  /// Stores a failure and throws it to later callers.
  final class Pool: Sendable {
    private let failure = Mutex<(any Error)?>(nil)
    @inline(never) func open() { do { try plain() } catch { failure.withLock { $0 = error } } }
    @inline(never) func lend() throws { if let error = failure.withLock({ $0 }) { throw error } }
  }
  @inline(never) static func pooled() throws {
    let pool = Pool()
    pool.open()
    try pool.lend()
    keep(27)
  }
}
