internal import Tracing

/// The dictionary that a span's attributes are.
///
/// `SpanAttributes` hands its content to a closure of another module, which costs 20 ns more per attribute than a loop over
/// the dictionary that is all it holds, and each is looked at each time one is set.
enum AttributeDictionary {
  /// Whether `SpanAttributes` is a struct around one dictionary, as in swift-distributed-tracing 1.0 to 1.7. Where it is not
  /// any more, ``read(_:)`` must not be called.
  static let isReadable: Bool = {
    let fields = Mirror(reflecting: SpanAttributes([:])).children
    return fields.count == 1 && fields.first?.value is [String: SpanAttribute]
      && MemoryLayout<SpanAttributes>.size == MemoryLayout<[String: SpanAttribute]>.size
  }()

  /// The dictionary; nothing is copied.
  @inline(__always)
  static func read(_ attributes: borrowing SpanAttributes) -> [String: SpanAttribute] {
    unsafe unsafeBitCast(copy attributes, to: [String: SpanAttribute].self)
  }
}
