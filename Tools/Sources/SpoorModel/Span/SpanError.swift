/// What is wrong with a span or with the bytes that should hold spans, in the words of Zipkin's server where it has any.
public struct SpanError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text, fit to be the body of a 400.
  public let description: String

  /// An error with a text.
  public init(_ description: String) {
    self.description = description
  }
}
