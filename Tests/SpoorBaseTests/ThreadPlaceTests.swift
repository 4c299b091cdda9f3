// SPDX-License-Identifier: Apache-2.0

import CSpoor
import Foundation
import SpoorTestSupport
import Testing

@testable import SpoorBase

@Suite("Places of threads", .serialized) struct ThreadPlaceTests {
  /// Runs `body` on a new thread and returns when the thread has ended, its destructors included.
  private func onThread(_ body: @escaping @Sendable () -> Void) throws {
    try joined([started(body)])
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private func started(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
    var thread = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let code = unsafe pthread_create(
      &thread, nil,
      {
        unsafe Unmanaged<Work>.fromOpaque($0.unsafelyUnwrapped).takeRetainedValue().body()
        return nil
      }, work)
    try #require(code == 0)
    return thread
  }

  private func joined(_ threads: [pthread_t]) throws {
    for thread in threads { try #require(pthread_join(thread, nil) == 0) }
  }

  @Test("are reused after their thread ends, however many threads have started")
  func recycled() async throws {
    let own = Locked(0)
    for _ in 0..<300 {
      try onThread {
        let place = spoor_thread_place()
        let isSame = spoor_thread_place().index == place.index
        own.withLock { $0 += place.is_own && isSame ? 1 : 0 }
      }
    }
    // Other tests may have threads of their own meanwhile, but not for long.
    #expect(own.withLock { $0 } > 64)
    try await eventually("a thread gets a place of its own") {
      own.withLock { $0 = 0 }
      try onThread { own.withLock { $0 += spoor_thread_place().is_own ? 1 : 0 } }
      return own.withLock { $0 } == 1
    }
  }

  @Test("are separate for up to 64 threads at a time; further threads share the remaining ones")
  func manyAtOnce() throws {
    let count = 100
    let places = Locked<[(index: UInt32, isOwn: Bool, serial: UInt64)]>([])
    let all = DispatchSemaphore(value: 0)
    let go = DispatchSemaphore(value: 0)
    let threads = try (0..<count).map { _ in
      try started {
        let place = spoor_thread_place()
        places.withLock { $0.append((place.index, place.is_own, spoor_thread_serial())) }
        all.signal()
        go.wait()
      }
    }
    for _ in 0..<count { all.wait() }
    let taken = places.withLock { $0 }
    for _ in 0..<count { go.signal() }
    try joined(threads)
    let own = taken.filter(\.isOwn).map(\.index)
    #expect(Set(own).count == own.count && own.count <= 64)
    #expect(own.allSatisfy { $0 < 64 })
    #expect(taken.filter { !$0.isOwn }.allSatisfy { (64..<80).contains($0.index) })
    #expect(Set(taken.map(\.serial)).count == count)
    #expect(spoor_places_used() == 80)
  }

  @Test(
    "are kept while the destructors of other keys run, and never freed twice",
    .enabled(
      if: !Sanitizer.isThreadSanitizer,
      "ThreadSanitizer has already freed its own state of a thread in the last round of destructors"))
  func destructors() async throws {
    /// The places that a destructor saw in each of its rounds.
    enum Seen { static let places = Locked<[spoor_place]>([]) }
    Seen.places.withLock { $0 = [] }
    var key = pthread_key_t()
    try #require(
      unsafe pthread_key_create(
        &key,
        { value in
          Seen.places.withLock { $0.append(spoor_thread_place()) }
          guard UInt(bitPattern: value) < 4 else { return }
          Latest.key.withLock {
            _ = unsafe pthread_setspecific($0, UnsafeRawPointer(bitPattern: UInt(bitPattern: value) + 1))
          }
        }) == 0)
    Latest.key.withLock { $0 = key }
    let before = Locked<spoor_place>(spoor_place())
    try await eventually("a thread has a place of its own") {
      Seen.places.withLock { $0 = [] }
      try onThread {
        before.withLock { $0 = spoor_thread_place() }
        Latest.key.withLock { _ = unsafe pthread_setspecific($0, UnsafeRawPointer(bitPattern: 1)) }
      }
      return before.withLock { $0.is_own }
    }
    let places = Seen.places.withLock { $0 }
    #expect(places.count == 4)
    // In its last round the place may already be returned; then the thread uses a shared one.
    #expect(places.dropLast().allSatisfy { $0.is_own && $0.index == before.withLock { $0.index } })
    #expect(places.allSatisfy { $0.is_own == ($0.index < 64) })
    // Another thread gets it, because it was freed once.
    try await eventually("another thread gets the place") {
      let next = Locked<UInt32>(.max)
      try onThread { next.withLock { $0 = spoor_thread_place().index } }
      return next.withLock { $0 } == before.withLock { $0.index }
    }
  }

  private enum Latest { static let key = Locked(pthread_key_t()) }
}
