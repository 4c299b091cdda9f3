// SPDX-License-Identifier: Apache-2.0

/// An error that provides its cause.
///
/// Conform if the cause is computed. A stored property named `underlyingError` or `cause`, the payload of an enum case,
/// and `NSError`'s underlying error are found without this protocol.
public protocol CausedError: Error {
  /// The cause of the error; nil if it has none.
  var cause: (any Error)? { get }
}
