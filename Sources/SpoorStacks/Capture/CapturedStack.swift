// SPDX-License-Identifier: Apache-2.0

/// The origin of a stack, which decides how certain it is that it shows the throw.
public enum StackSource: String, Sendable, Hashable, CaseIterable {
  /// The stack of this very error's throw.
  case exact
  /// The stack of a throw that most likely is this error's: of the same type, and on the way to the catch. This happens
  /// for value errors of typed throws, for errors that a cast (`catch let e as X`) or the bridge to `NSError` puts into
  /// a new box, for an error object that several places keep and throw (`static let`), and for an error that generic
  /// code passed on from a place that was not captured.
  case inferred
  /// The stack of the place that recorded the error, because its throw is not known: capture was off, the throw was not
  /// sampled or was about a thousand throws ago, or the error was never thrown.
  case catchSite = "catch_site"
}

/// One address of a stack, without a name.
public struct StackFrame: Sendable, Hashable {
  /// A code address of this process.
  public let address: UInt64
  /// Whether the address follows a call. If not, it is the address that was running or will be resumed.
  public let isReturnAddress: Bool

  /// Creates a frame from an address and the kind of that address.
  public init(address: UInt64, isReturnAddress: Bool) {
    self.address = address
    self.isReturnAddress = isReturnAddress
  }

  /// The address to look up in the symbols: that of the call and not of the instruction after it.
  package var lookupAddress: UInt64 { isReturnAddress && address > 0 ? address - 1 : address }
}

/// A captured stack: at most 256 addresses, nearest to the throw first. ``Symbolicator`` resolves it to names.
public struct CapturedStack: Sendable, Hashable {
  /// The addresses, the throwing function first. In async code they continue with the awaiting callers.
  public let frames: [StackFrame]
  /// How certain it is that the stack shows the throw.
  public let source: StackSource

  /// Creates a stack from addresses.
  public init(frames: [StackFrame], source: StackSource) {
    self.frames = frames
    self.source = source
  }
}
