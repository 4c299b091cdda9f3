// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Teaches the stack walk to recognise frames of async functions, by running a few of them.
///
/// Linux does not mark async frames. They all return to one place in the runtime's job runner, or to one of its inlined
/// copies. Each way of starting an async function is tried once to learn its place.
enum AsyncFrameProbe {
  /// Learns the places that it can on the calling thread, and the others soon after in the background. Until then the
  /// stacks of some async functions end at the executor.
  static func run() {
    // The executor runs the job inside `enqueue`, so the probe has run when this returns, without waiting.
    Task(executorPreference: InlineExecutor.shared) { await learn() }
    if #available(macOS 26, *) { Task.immediate { await learn() } }
    Task.detached(priority: .userInitiated) {
      await learn()
      await Task.yield()
      await learn()
      await ProbeActor().learn()
    }
    Task { @MainActor in await learn() }
  }

  /// A separate async function that is not inlined, because the return address of its frame is what is learned.
  @inline(never)
  private static func learn() async {
    _ = spoor_stack_learn_async()
  }

  private actor ProbeActor {
    @inline(never)
    func learn() async {
      _ = spoor_stack_learn_async()
      await AsyncFrameProbe.learn()
    }
  }
}

/// Runs each job where it is enqueued.
private final class InlineExecutor: TaskExecutor {
  static let shared = InlineExecutor()

  func enqueue(_ job: consuming ExecutorJob) {
    unsafe UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
  }
}
