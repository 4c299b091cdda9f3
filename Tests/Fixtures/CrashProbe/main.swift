// SPDX-License-Identifier: Apache-2.0

// A program that crashes in the requested way, with crash evidence installed. For the tests of SpoorStacks.
//
// CrashProbe MODE PLACE FILE     PLACE: task, thread, derived, detached
import CSpoor
import Foundation
import SpoorStacks

/// A stand-in for `ServiceContext`: a value of one word, bound to a task-local.
final class Context: Sendable {}

enum Local {
  @TaskLocal static var context: Context?
}

/// A crash area in a file of its own; a service has it in its journal.
func mapArea(_ path: String) -> UnsafeMutableRawBufferPointer? {
  let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0, ftruncate(descriptor, off_t(CrashEvidence.areaBytes)) == 0 else { return nil }
  let memory = unsafe mmap(nil, CrashEvidence.areaBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
  guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return nil }
  return unsafe UnsafeMutableRawBufferPointer(start: memory, count: CrashEvidence.areaBytes)
}

/// Runs `body` inside a span with the given number.
func inSpan<Result>(_ number: UInt64, _ body: () async throws -> Result) async rethrows -> Result {
  let context = Context()
  let word = UInt64(UInt(bitPattern: ObjectIdentifier(context)))
  enter(word, number)
  defer { spoor_context_leave(word, number) }
  return try await Local.$context.withValue(context) { try await body() }
}

func enter(_ word: UInt64, _ number: UInt64) {
  spoor_thread_prepare()
  var span = spoor_span_ref()
  span.trace_high = 0xAAAA_0000
  span.trace_low = number
  span.span_id = number
  span.start = spoor_monotonic_ns()
  span.task = spoor_current_task()
  span.thread = spoor_thread_id()
  span.slot = .max
  unsafe _ = spoor_context_enter(word, &span)
}

@inline(never) func overflowStack(_ depth: Int) -> Int {
  guard depth < Int.max else { return 0 }
  var numbers = [depth, depth + 1, depth + 2]
  numbers.append(depth)
  return overflowStack(numbers[1]) + numbers[0]
}

@inline(never) func fail(_ mode: String, _ numbers: [Int]) {
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
  case "sigtrap": raise(SIGTRAP)
  case "kill": kill(getpid(), SIGKILL)
  default: break
  }
  print("survived")  // so that no call above is a tail call, whose frame would be gone
}

func failOnThread() {
  let context = Context()
  enter(UInt64(UInt(bitPattern: ObjectIdentifier(context))), 0xC007)
  Local.$context.withValue(context) { fail(CommandLine.arguments[1], [7]) }
}

/// A function, because closures of top-level code belong to the main actor.
func runOnThread() {
  unsafe _ = spoor_thread_start(
    "worker",
    { _ in
      failOnThread()
      exit(0)
    }, nil)
  while true { pause() }
}

@inline(never) func innermost(_ mode: String, _ number: Int) async throws {
  try await Task.sleep(nanoseconds: 2_000_000)
  await Task.yield()
  if number == 7 {
    // As a log line does: the thread may differ from that of the span's start, and without an alternate stack its
    // overflow is not recorded.
    spoor_thread_prepare()
    fail(mode, [number])
  }
  try await Task.sleep(nanoseconds: 200_000_000)
}

@inline(never) func request(_ mode: String, _ number: Int) async throws {
  try await innermost(mode, number)
  print("", terminator: "")
}

guard CommandLine.arguments.count == 4, let area = unsafe mapArea(CommandLine.arguments[3]) else { exit(64) }
let mode = CommandLine.arguments[1]
let place = CommandLine.arguments[2]
unsafe spoor_context_set_key(Unmanaged.passUnretained(Local.$context).toOpaque(), 0)
StackCapture.install(.init(mode: .always))
try unsafe CrashEvidence.install(area: area)

switch place {
case "task":
  try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 0..<40 {
      group.addTask { try await inSpan(UInt64(0xC000 + number)) { try await request(mode, number) } }
    }
    try await group.waitForAll()
  }
case "derived":  // a key was set since, so the context is another one
  try await inSpan(0xC007) { try await Local.$context.withValue(Context()) { try await request(mode, 7) } }
case "detached":
  try await inSpan(0xC007) { try await Task.detached { try await request(mode, 7) }.value }
case "thread":
  runOnThread()
default: exit(64)
}
