// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorContext
internal import Tracing

/// Stores spans in contexts and finds them there without the API's subscript.
///
/// The subscript takes the key's type as a generic argument of another module: setting a span costs 130 ns there and
/// finding it 50, mostly to hash a type that is always the same. A context with a new span in it has the same keys, and
/// so the same hashes, as one with another span. If ``ServiceContextMemory`` cannot be read, the subscript is used.
struct SpanContexts: Sendable {
  /// A cached copy, because reading another module's property takes a call.
  private static let isReadable = ServiceContextMemory.isReadable

  /// The entries of a context that only has the span's key, with another span; empty if contexts cannot be read.
  private let template: ServiceContextMemory.Entries

  /// - Parameter span: any span; it is not kept.
  init(with span: SpanCore) {
    var context = ServiceContext.topLevel
    context[ActiveSpanKey.self] = span
    template = Self.isReadable ? ServiceContextMemory.entries(of: context).mapValues { _ in 0 } : [:]
  }

  /// The context with the span in place of its parent.
  ///
  /// - Parameters:
  ///   - isEmpty: whether the context is empty.
  ///   - hasParent: whether another span is in it.
  ///   - hasOrigin: whether it contains a caller's trace context, which the new span takes over. It then contains no
  ///     span.
  @inline(__always)
  func context(_ context: ServiceContext, isEmpty: Bool, hasParent: Bool, hasOrigin: Bool, with span: SpanCore)
    -> ServiceContext
  {
    if isEmpty, !template.isEmpty {
      // One allocation, and no key is hashed.
      return ServiceContextMemory.context(of: template.mapValues { _ in span as any Sendable })
    }
    if hasParent, !template.isEmpty {
      // Nothing else in a context is of this type.
      let replaced = ServiceContextMemory.entries(of: context).mapValues {
        type(of: $0) == SpanCore.self ? span : $0
      }
      return ServiceContextMemory.context(of: replaced)
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
    let entries = ServiceContextMemory.entries(of: context)
    guard entries.count <= 4 else { return context[ActiveSpanKey.self] }
    for value in entries.values where type(of: value) == SpanCore.self {
      return ExistentialMemory.object(in: value)
    }
    return nil
  }
}
