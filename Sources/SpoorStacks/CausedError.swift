/// An error that says what caused it.
///
/// Conform where the cause is computed. A stored property called `underlyingError` or `cause`, the payload of an enum
/// case, and `NSError`'s underlying error are found without.
public protocol CausedError: Error {
  /// What caused the error, nil if nothing did.
  var cause: (any Error)? { get }
}
