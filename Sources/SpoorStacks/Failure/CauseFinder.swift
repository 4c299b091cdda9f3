// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Finds the error that another one has as its cause.
///
/// Foundation is not linked for this: an `NSError` is read by reflection, like every other error.
enum CauseFinder {
  /// Names under which libraries keep a cause.
  private static let labels: Set<String> = [
    "underlyingError", "underlying", "underlyingErrors", "cause", "causedBy", "wrappedError", "innerError",
  ]

  /// The direct cause of an error, nil if it has none.
  static func cause(of error: any Error) -> (any Error)? { directCause(of: error).map(ErrorWord.unwrapped) }

  private static func directCause(of error: any Error) -> (any Error)? {
    if let context = error as? ErrorContext { return context.underlyingError }
    if let caused = error as? any CausedError { return caused.cause }
    return reflected(Mirror(reflecting: error))
  }

  private static func reflected(_ mirror: Mirror) -> (any Error)? {
    if mirror.displayStyle == .enum {
      guard let payload = mirror.children.first?.value else { return nil }
      return payload as? any Error ?? labelled(Mirror(reflecting: payload), acceptsUnlabelled: true)
    }
    var level: Mirror? = mirror
    for _ in 0..<8 {  // a class and its superclasses
      guard let current = level else { break }
      if let found = labelled(current, acceptsUnlabelled: false) ?? inUserInfo(current) { return found }
      level = current.superclassMirror
    }
    return nil
  }

  private static func labelled(_ mirror: Mirror, acceptsUnlabelled: Bool) -> (any Error)? {
    for child in mirror.children {
      let isTupleElement = child.label.map { $0.hasPrefix(".") } ?? true
      guard child.label.map(labels.contains) ?? false || (acceptsUnlabelled && isTupleElement) else { continue }
      if let error = child.value as? any Error { return error }
      if let errors = child.value as? [any Error], let first = errors.first { return first }
    }
    return nil
  }

  private static func inUserInfo(_ mirror: Mirror) -> (any Error)? {
    for child in mirror.children where child.label == "_userInfo" || child.label == "userInfo" {
      guard let entries = child.value as? [String: Any] else { continue }
      if let error = entries["NSUnderlyingError"] as? any Error { return error }
    }
    return nil
  }
}
