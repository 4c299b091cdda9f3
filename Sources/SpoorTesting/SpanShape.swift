// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// The expected form of a span and of the spans below it.
///
/// ```swift
/// SpanShape("POST /orders", kind: .server, attributes: ["order.id": "ORD*", "items": 2]) {
///   SpanShape("reserve")
///   SpanShape("charge", hasFailed: true)
/// }
/// ```
///
/// Properties that are left out are not compared. The spans below must be exactly these, in any order: concurrent spans
/// start in any order.
public struct SpanShape: Sendable, Hashable {
  /// The operation's name; `*` stands for any characters, here and in attributes that are texts.
  public var name: String
  /// The span's kind; nil for any.
  public var kind: SpanKind?
  /// Attributes that the span must have; it may have others. `2` is not `"2"`.
  public var attributes: [String: RecordedValue]
  /// Keys of attributes that the span must not have.
  public var withoutAttributes: Set<String>
  /// The names of all the span's events, in their order; nil for any.
  public var events: [String]?
  /// Whether the span's status is `error`; nil for either.
  public var hasFailed: Bool?
  /// The spans below it.
  public var children: [SpanShape]

  /// Creates the shape of a span and of the spans below it.
  public init(
    _ name: String, kind: SpanKind? = nil, attributes: [String: RecordedValue] = [:],
    withoutAttributes: Set<String> = [], events: [String]? = nil, hasFailed: Bool? = nil,
    @SpanShapeBuilder children: () -> [SpanShape] = { [] }
  ) {
    self.name = name
    self.kind = kind
    self.attributes = attributes
    self.withoutAttributes = withoutAttributes
    self.events = events
    self.hasFailed = hasFailed
    self.children = children()
  }
}

/// Builds the spans below a shape from the shapes in braces.
@resultBuilder
public enum SpanShapeBuilder {
  /// Several shapes.
  public static func buildBlock(_ shapes: [SpanShape]...) -> [SpanShape] { shapes.flatMap { $0 } }
  /// One shape.
  public static func buildExpression(_ shape: SpanShape) -> [SpanShape] { [shape] }
  /// Shapes from an array.
  public static func buildExpression(_ shapes: [SpanShape]) -> [SpanShape] { shapes }
  /// The shapes of an `if`.
  public static func buildOptional(_ shapes: [SpanShape]?) -> [SpanShape] { shapes ?? [] }
  /// The shapes of an `if` with an `else`.
  public static func buildEither(first shapes: [SpanShape]) -> [SpanShape] { shapes }
  /// The shapes of an `else`.
  public static func buildEither(second shapes: [SpanShape]) -> [SpanShape] { shapes }
  /// The shapes of a `for`.
  public static func buildArray(_ shapes: [[SpanShape]]) -> [SpanShape] { shapes.flatMap { $0 } }
}
