// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Spoor
import Tracing

/// Ends the process in the requested way during one of 40 requests.
enum Crashes {
  static func crash(_ mode: String, in place: String, _ log: Logger) async throws {
    withSpan("finished") { _ in }
    switch place {
    case "task":
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<40 {
          group.addTask {
            try await withSpan("request \(number)") { span in
              span.attributes["number"] = number
              try await request(mode, number, log)
            }
          }
        }
        try await group.waitForAll()
      }
    case "pool":
      // As a continuation on a thread of Swift's pool that has run nothing of Spoor's before.
      await withSpan("request 7") { _ in
        log.info("about_to_fail")
        await onFreshThread { fail(mode, [7]) }
      }
    case "thread":
      Thread.detachNewThread {
        withSpan("request 7") { _ in
          log.info("about_to_fail")
          fail(mode, [7])
        }
        exit(0)
      }
      while true { pause() }
    default: exit(2)
    }
  }

  /// Runs `body` in this task on a thread that the task has never run on.
  private static func onFreshThread(_ body: @Sendable () -> Void) async {
    await FreshThread().run(body)
  }

  @inline(never) private static func request(_ mode: String, _ number: Int, _ log: Logger) async throws {
    try await Task.sleep(for: .milliseconds(2))
    if number == 7 {
      try await withSpan("charge") { _ in
        try await Task.sleep(for: .milliseconds(20))
        log.info("about_to_fail")
        fail(mode, [number])
      }
    }
    try await Task.sleep(for: .seconds(30))
  }

  @inline(never) static func fail(_ mode: String, _ numbers: [Int]) {
    switch mode {
    case "fatalError": fatalError("the database is gone")
    case "index": print(numbers[numbers.count + 7])
    case "nil":
      let none: Int? = numbers.count > 1000 ? 1 : nil
      print(none!)
    case "overflow": print(Int.max - numbers.count + 1 + numbers.count)
    case "division": print(100 / (numbers.count - numbers.count))
    case "segv": unsafe print(UnsafePointer<Int>(bitPattern: 8)!.pointee)
    case "abort": abort()
    case "stack": print(overflowStack(numbers.count))
    case "kill": kill(getpid(), SIGKILL)
    default: break
    }
    print("survived")  // so that no call above is a tail call, whose frame would be gone
  }

  @inline(never) static func overflowStack(_ depth: Int) -> Int {
    guard depth < Int.max else { return 0 }
    var numbers = [depth, depth + 1, depth + 2]
    numbers.append(depth)
    return overflowStack(numbers[1]) + numbers[0]
  }
}

/// An actor whose thread has run nothing of Spoor's: neither a span, nor a log line, nor a throw.
private actor FreshThread {
  private let executor = Executor()
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  func run(_ body: @Sendable () -> Void) { body() }

  /// Each job gets a thread of its own.
  private final class Executor: SerialExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      let executor = unsafe asUnownedSerialExecutor()
      Thread.detachNewThread { unsafe job.runSynchronously(on: executor) }
    }
  }
}
