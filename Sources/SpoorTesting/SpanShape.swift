/// What a span of a test's trace should look like, and the spans below it.
///
/// ```swift
/// SpanShape("POST /orders", kind: "server", attributes: ["order.id": "ORD7890"]) {
///   SpanShape("reserve")
///   SpanShape("charge", hasFailed: true)
/// }
/// ```
/// What is left out is not looked at; but of spans below it there must be these and no others, in any order, for what runs
/// side by side starts in any order.
public struct SpanShape: Sendable, Hashable {
  /// The operation's name; `*` stands for any characters, here and in the values of attributes.
  public var name: String
  /// `internal`, `server`, `client`, `producer` or `consumer`.
  public var kind: String?
  /// Attributes it should have, as text, among others.
  public var attributes: [String: String]
  /// Keys of attributes it should not have.
  public var withoutAttributes: Set<String>
  /// The names of its events, all of them in their order.
  public var events: [String]?
  /// Whether its status is `error`.
  public var hasFailed: Bool?
  /// The spans below it.
  public var children: [SpanShape]

  /// A span and what is below it.
  public init(
    _ name: String, kind: String? = nil, attributes: [String: String] = [:], withoutAttributes: Set<String> = [],
    events: [String]? = nil, hasFailed: Bool? = nil, @SpanShapeBuilder children: () -> [SpanShape] = { [] }
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

/// Lets shapes stand below each other in braces.
@resultBuilder
public enum SpanShapeBuilder {
  /// Several.
  public static func buildBlock(_ shapes: [SpanShape]...) -> [SpanShape] { shapes.flatMap { $0 } }
  /// One.
  public static func buildExpression(_ shape: SpanShape) -> [SpanShape] { [shape] }
  /// Some that were made elsewhere.
  public static func buildExpression(_ shapes: [SpanShape]) -> [SpanShape] { shapes }
  /// Those of an `if`.
  public static func buildOptional(_ shapes: [SpanShape]?) -> [SpanShape] { shapes ?? [] }
  /// Those of an `if` with an `else`.
  public static func buildEither(first shapes: [SpanShape]) -> [SpanShape] { shapes }
  /// Those of its `else`.
  public static func buildEither(second shapes: [SpanShape]) -> [SpanShape] { shapes }
  /// Those of a `for`.
  public static func buildArray(_ shapes: [[SpanShape]]) -> [SpanShape] { shapes.flatMap { $0 } }
}
