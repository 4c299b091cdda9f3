internal import CSpoor

/// Teaches the stack walk what an async function's frame looks like, by running a few of them.
///
/// Linux does not mark async frames. They all return to one place of the runtime's job runner, or to one of its copies
/// that the compiler inlined elsewhere; each way of starting an async function is tried once and shows its place.
enum AsyncFrameProbe {
  /// Learns at once what can be learnt on the calling thread, and the rest in the background within moments: until then
  /// the stacks of some async functions end at the executor.
  static func run() {
    // The executor runs the job inside `enqueue`, so this returns when the probe has run: nothing is waited for.
    Task(executorPreference: InlineExecutor.shared) { await learn() }
    Task.immediate { await learn() }
    Task.detached(priority: .userInitiated) {
      await learn()
      await Task.yield()
      await learn()
      await ProbeActor().learn()
    }
    Task { @MainActor in await learn() }
  }

  /// Where the caller's frame returns to is what is learned: an async function of its own, not inlined.
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
