// SPDX-License-Identifier: Apache-2.0

/// One link of the chain of causes behind a failure.
public struct FailureCause: Sendable, Hashable {
  /// The error's type, without its module.
  public let type: String
  /// The error's description, cut at 2 KiB.
  public let message: String
  /// The stack of its throw; nil if it is not known.
  public let stack: CapturedStack?

  /// Creates a cause.
  public init(type: String, message: String, stack: CapturedStack? = nil) {
    self.type = type
    self.message = message
    self.stack = stack
  }
}
