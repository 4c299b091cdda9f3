// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// An error with a sentence about the operation that failed, as ``withErrorContext(_:isolation:_:)`` throws it.
///
/// The original is kept: ``CapturedFailure`` shows its type, stack and causes, and puts the sentences in front of its
/// message. To match on it, catch `ErrorContext` and use ``underlyingError``.
public struct ErrorContext: Error, CustomStringConvertible {
  /// The operation that failed: "failed to get user 5".
  public let message: String
  /// The error that ended the operation; it may itself be an `ErrorContext`.
  public let underlyingError: any Error

  /// Creates an error with its context.
  public init(_ message: String, underlyingError: any Error) {
    self.message = message
    self.underlyingError = underlyingError
  }

  /// The error below all contexts.
  public var original: any Error {
    var error = ErrorWord.unwrapped(underlyingError)
    while let context = error as? ErrorContext { error = ErrorWord.unwrapped(context.underlyingError) }
    return error
  }

  /// The sentences, outermost first, then the original's description: `a: b: the error`.
  public var description: String { "\(message): \(underlyingError)" }
}

/// Runs `body` and wraps an error that it throws in a sentence about what was being done.
///
/// - Parameters:
///   - message: made only if an error is thrown.
///   - body: what may fail.
/// - Throws: ``ErrorContext`` around the body's error; `CancellationError` unwrapped, since callers match on it.
public func withErrorContext<Result>(_ message: @autoclosure () -> String, _ body: () throws -> Result) throws
  -> Result
{
  do {
    return try body()
  } catch let error as CancellationError {
    throw error
  } catch {
    throw ErrorContext(message(), underlyingError: error)
  }
}

/// Runs `body` and wraps an error that it throws in a sentence about what was being done.
///
/// - Parameters:
///   - message: made only if an error is thrown.
///   - isolation: the caller's; works inside actors.
///   - body: what may fail.
/// - Throws: ``ErrorContext`` around the body's error; `CancellationError` unwrapped, since callers match on it.
public func withErrorContext<Result>(
  _ message: @autoclosure () -> String, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Result
) async throws -> Result {
  do {
    return try await body()
  } catch let error as CancellationError {
    throw error
  } catch {
    throw ErrorContext(message(), underlyingError: error)
  }
}
