// SPDX-License-Identifier: Apache-2.0

/// Steele, Lea and Flood's SplitMix64: the same numbers for the same seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A generator with a new seed in each run, which is printed: `SPOOR_TEST_SEED=N` repeats a run.
  ///
  /// - Parameter test: the name of the test.
  package init(of test: String = #function, environment: [String: String]) {
    let seed = environment["SPOOR_TEST_SEED"].flatMap(UInt64.init) ?? .random(in: 1 ... .max)
    print("\(test): SPOOR_TEST_SEED=\(seed)")
    self.init(seed: seed)
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
