/// A sampler that makes no sense.
public enum SamplerError: Error, Equatable, CustomStringConvertible {
  /// Not a share.
  case ratioOutOfRange(Double)
  /// Not a rate.
  case rateOutOfRange(Double)
  /// Not a rule.
  case invalidRule(String)

  /// What was expected and what came.
  public var description: String {
    switch self {
    case .ratioOutOfRange(let ratio): "sampling ratio \(ratio): expected a number from 0 to 1"
    case .rateOutOfRange(let rate): "\(rate) traces per second: expected a number from 0 to 1000000"
    case .invalidRule(let text):
      "sampling rule \"\(text)\": expected operation:PATTERN=RATE or path:PATTERN=RATE, RATE from 0 to 1 or N/s"
    }
  }
}
