// SPDX-License-Identifier: Apache-2.0

/// Reproducible random numbers: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
/// 2014). Not for secrets.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A random number from 0 up to, but not including, 1.
  mutating func fraction() -> Double {
    Double(next() >> 11) / Double(1 << 53 as UInt64)
  }
}

/// Numbers from 0 up in which low numbers are much more frequent: Zipf's distribution, as in the demand for products.
struct ZipfDistribution: Sendable {
  private let cumulative: [Double]

  /// - Parameter exponent: 1 for Zipf's law; a larger value favours the first numbers more.
  init(count: Int, exponent: Double) {
    var sum = 0.0
    let sums = (1...max(1, count)).map { rank in
      // The rank to the power of the exponent, in steps of one half, so that no mathematics library is needed.
      let root = Double(rank).squareRoot()
      let power = (0..<Int((exponent * 2).rounded())).reduce(1.0) { power, _ in power * root }
      sum += 1 / power
      return sum
    }
    cumulative = sums.map { $0 / sum }
  }

  func draw(_ generator: inout SeededGenerator) -> Int {
    let fraction = generator.fraction()
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > fraction { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
