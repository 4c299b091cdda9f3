// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The sampler and the keep rules of a tracer, which can be replaced while spans start.
///
/// Each start of a span loads one word, as a log call does for its level. A plan is never freed, because a thread may
/// be using it: a change takes some hundred bytes for good.
@safe
final class SamplingSwitch: @unchecked Sendable {  // The word is only accessed by atomic instructions.
  /// What is in force at a time.
  final class Plan: Sendable {
    let head: HeadDecision
    let keepRules: PreparedKeepRules?

    init(_ sampler: any Sampler, _ keepRules: KeepRules) {
      head = HeadDecision(sampler)
      self.keepRules = PreparedKeepRules(keepRules)
    }
  }

  /// The address of the plan in force.
  private let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
  private let plans: Locked<[Plan]>

  init(_ plan: Plan) {
    plans = Locked([plan])
    unsafe word.initialize(to: Self.address(plan))
  }

  deinit { unsafe word.deallocate() }

  private static func address(_ plan: Plan) -> UInt64 {
    unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(plan).toOpaque()))
  }

  /// The plan in force, which lives as long as this object.
  @inline(__always)
  var current: Unmanaged<Plan> {
    // The word is never 0: it is the address of one of `plans`.
    unsafe Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: UInt(spoor_load64_acquire(word))).unsafelyUnwrapped)
  }

  /// Replaces the plan for every span that starts from now on.
  func replace(by plan: Plan) {
    plans.withLock { plans in
      plans.append(plan)
      unsafe spoor_store64_release(word, Self.address(plan))
    }
  }
}

extension SpoorTracer {
  /// Replaces the sampler and the keep rules for every span that starts from now on, in all copies of this tracer.
  package func replaceSampling(by sampler: any Sampler, keepRules: KeepRules) {
    sampling.replace(by: SamplingSwitch.Plan(sampler, keepRules))
  }
}
