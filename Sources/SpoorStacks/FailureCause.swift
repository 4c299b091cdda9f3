/// One link of the chain of causes behind a failure.
public struct FailureCause: Sendable {
  /// The error's type, without its module.
  public let type: String
  /// Its description, cut at 2 KiB.
  public let message: String
  /// The stack of its throw, nil where nothing is known of it.
  public let stack: CapturedStack?

  /// A cause with what is known of it.
  public init(type: String, message: String, stack: CapturedStack? = nil) {
    self.type = type
    self.message = message
    self.stack = stack
  }
}
