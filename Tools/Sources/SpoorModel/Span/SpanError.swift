// SPDX-License-Identifier: Apache-2.0

/// An error in a span or in bytes that should contain spans, with the message of Zipkin's server if it has one.
public struct SpanError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The message, which can be the body of a 400 response.
  public let description: String

  /// Creates an error with a message.
  public init(_ description: String) {
    self.description = description
  }
}
