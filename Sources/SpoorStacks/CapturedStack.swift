/// Where a stack comes from: how far it can be trusted to show the throw.
public enum StackSource: String, Sendable, Hashable, CaseIterable {
  /// The stack of this very error's throw.
  case exact
  /// The newest throw of the same error type on the same task or thread. So found are value errors of typed throws, errors
  /// put into a new box by a cast, and an error object that many hold and throw (`static let`).
  case inferred
  /// Nothing is known of the throw (capture was off, sampled out, or about a thousand throws ago, or the error was never
  /// thrown): the stack of the place that recorded it.
  case catchSite = "catch_site"
}

/// One address of a stack, not resolved yet.
public struct StackFrame: Sendable, Hashable {
  /// A code address of this process.
  public let address: UInt64
  /// True: the address behind a call. False: the very address that was running or will be resumed at.
  public let isReturnAddress: Bool

  /// An address and what kind it is.
  public init(address: UInt64, isReturnAddress: Bool) {
    self.address = address
    self.isReturnAddress = isReturnAddress
  }

  /// The address to look for in the symbols: that of the call, not of what follows it.
  package var lookupAddress: UInt64 { isReturnAddress && address > 0 ? address - 1 : address }
}

/// A stack as it was captured: at most 32 addresses, nearest to the throw first. ``Symbolicator`` makes names of it.
public struct CapturedStack: Sendable, Hashable {
  /// The addresses, the throwing function first. In async code they go on along the awaiting callers.
  public let frames: [StackFrame]
  /// How far it shows the throw.
  public let source: StackSource

  /// A stack of given addresses.
  public init(frames: [StackFrame], source: StackSource) {
    self.frames = frames
    self.source = source
  }
}
