// SPDX-License-Identifier: Apache-2.0

public import Tracing

/// Assumption: `ServiceContext` is a struct around one dictionary (swift-service-context 1.0 to 1.3), and its values
/// are stored as ``ExistentialMemory`` assumes.
public enum ServiceContextMemory {
  /// The type of the dictionary in a context.
  public typealias Entries = [AnyServiceContextKey: any Sendable]
  @usableFromInline typealias Wrapped = WrappedDictionary<ServiceContext, AnyServiceContextKey, any Sendable>

  /// Whether the assumption holds, and shortcuts are allowed.
  public static let isReadable = RuntimeShortcuts.hold {
    var context = ServiceContext.topLevel
    context[ProbeKey.self] = Probe()
    guard Wrapped.holds(for: context), let probe = context[ProbeKey.self] else { return false }
    return ExistentialMemory.holds(for: probe) && entries(of: context).count == 1 && entries(of: .topLevel).isEmpty
      && ServiceContextMemory.context(of: entries(of: context))[ProbeKey.self] === probe
  }

  private final class Probe: Sendable {}
  private enum ProbeKey: ServiceContextKey { typealias Value = Probe }

  /// The entries of a context.
  @inlinable
  @inline(__always)
  public static func entries(of context: ServiceContext) -> Entries { Wrapped.entries(of: context) }

  /// A context with these entries.
  @inlinable
  @inline(__always)
  public static func context(of entries: consuming Entries) -> ServiceContext { Wrapped.wrapper(of: entries) }
}
