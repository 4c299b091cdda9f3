// SPDX-License-Identifier: Apache-2.0

/// An error in the settings of a sampler.
public enum SamplerError: Error, Equatable, CustomStringConvertible {
  /// The ratio is not between 0 and 1.
  case ratioOutOfRange(Double)
  /// The rate is not between 0 and 1 000 000 traces a second.
  case rateOutOfRange(Double)
  /// The text is not a sampling rule.
  case invalidRule(String)

  /// A message that names what was expected and what was given.
  public var description: String {
    switch self {
    case .ratioOutOfRange(let ratio): "a sampling ratio must be a number from 0 to 1, but is \(ratio)"
    case .rateOutOfRange(let rate): "traces per second must be a number from 0 to 1000000, but are \(rate)"
    case .invalidRule(let text):
      "a sampling rule must be operation:PATTERN=RATE or path:PATTERN=RATE, with a RATE from 0 to 1 or N/s, "
        + "but is \"\(text)\""
    }
  }
}
