internal import SpoorContext
internal import Tracing

/// Contexts with a span in them, and the span of a context, past the API's subscript.
///
/// The subscript takes a key's type as a generic argument of another module: to set a span costs 130 ns there and to find it
/// 50, most of them to hash a type that is always the same. A context is a dictionary and nothing else, and one with a new
/// span in it has the keys, and so the hashes, of one with another span.
struct SpanContexts: Sendable {
  private typealias Entries = [AnyServiceContextKey: any Sendable]

  /// Whether `ServiceContext` is a struct around one dictionary, as in swift-distributed-tracing 1.7. Where it is not any
  /// more, all goes through the subscript.
  private static let isReadable: Bool = {
    var context = ServiceContext.topLevel
    context[ProbeKey.self] = 1
    let fields = Mirror(reflecting: context).children
    return fields.count == 1 && fields.first?.value is Entries
      && MemoryLayout<ServiceContext>.size == MemoryLayout<Entries>.size
  }()

  private enum ProbeKey: ServiceContextKey { typealias Value = Int }

  /// A context of nothing but a span's place, with something else in it; nothing where contexts are not readable.
  private let empty: Entries

  /// - Parameter span: any; it is not kept.
  init(with span: SpanCore) {
    var context = ServiceContext.topLevel
    context[ActiveSpanKey.self] = span
    empty = Self.isReadable ? Self.entries(of: context).mapValues { _ in 0 } : [:]
  }

  /// The context with the span in the place of its parent.
  ///
  /// - Parameters:
  ///   - isEmpty: whether there is nothing in the context.
  ///   - hasParent: whether another span is in it.
  ///   - hasOrigin: whether there is what came from another process, which the span has now; then no span is in it.
  @inline(__always)
  func context(_ context: ServiceContext, isEmpty: Bool, hasParent: Bool, hasOrigin: Bool, with span: SpanCore)
    -> ServiceContext
  {
    if isEmpty, !empty.isEmpty {
      // One allocation, and no key is hashed.
      return unsafe unsafeBitCast(empty.mapValues { _ in span as any Sendable }, to: ServiceContext.self)
    }
    if hasParent, !empty.isEmpty {
      // Nothing else in a context is of this type.
      let replaced = Self.entries(of: context).mapValues { type(of: $0) == SpanCore.self ? span : $0 }
      return unsafe unsafeBitCast(replaced, to: ServiceContext.self)
    }
    var context = context
    context[ActiveSpanKey.self] = span
    if hasOrigin { context.remoteOrigin = nil }
    return context
  }

  /// The span in a context.
  @inline(__always)
  static func span(of context: ServiceContext) -> SpanCore? {
    guard isReadable else { return context[ActiveSpanKey.self] }
    let entries = entries(of: context)
    guard entries.count <= 4 else { return context[ActiveSpanKey.self] }
    for value in entries.values where type(of: value) == SpanCore.self {
      // A class's reference lies in the first word of what holds a value of any type.
      return unsafe withUnsafeBytes(of: value) { unsafe $0.load(as: Unmanaged<SpanCore>.self).takeUnretainedValue() }
    }
    return nil
  }

  @inline(__always)
  private static func entries(of context: ServiceContext) -> Entries {
    unsafe unsafeBitCast(context, to: Entries.self)
  }
}
