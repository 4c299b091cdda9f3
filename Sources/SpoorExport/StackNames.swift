/// Whether the names of stacks are there yet: a span that has a stack waits for them, and holds up no other.
package struct StackNames: Sendable {
  /// How long a span waits; then the shipper's thread reads them itself.
  let patience: Duration
  let areReady: @Sendable () -> Bool
  let prepare: @Sendable (_ addresses: [UInt64], _ done: @escaping @Sendable () -> Void) -> Void

  /// - Parameters:
  ///   - areReady: is asked before each span that has a stack.
  ///   - prepare: begins to read them, on another thread, with the first stack that needs them; rings `done` at the end.
  package init(
    patience: Duration = .seconds(60), areReady: @escaping @Sendable () -> Bool,
    prepare: @escaping @Sendable (_ addresses: [UInt64], _ done: @escaping @Sendable () -> Void) -> Void
  ) {
    self.patience = patience
    self.areReady = areReady
    self.prepare = prepare
  }
}
