internal import CSpoor

/// Reads the program's debug information on a thread of its own, once, before the first stack needs it: that takes
/// milliseconds in an optimised build and seconds in a large one that is not, and nobody else should wait for it.
@safe
package final class SymbolWarmUp: @unchecked Sendable {  // The word is only touched atomically.
  private enum Phase {
    static let cold: UInt32 = 0
    static let running: UInt32 = 1
    static let warm: UInt32 = 2
  }

  private let symbolicator: Symbolicator
  private let phase: UnsafeMutablePointer<UInt32>

  package init(_ symbolicator: Symbolicator) {
    self.symbolicator = symbolicator
    unsafe phase = .allocate(capacity: 1)
    unsafe phase.initialize(to: Phase.cold)
  }

  deinit { unsafe phase.deallocate() }

  /// Whether names come within microseconds by now.
  package var isWarm: Bool { unsafe spoor_load32_acquire(phase) == Phase.warm }

  /// Begins with these addresses, which have to be resolved anyway; returns at once. Only the first call counts.
  ///
  /// - Parameter done: called on the other thread at the end.
  package func begin(_ addresses: [UInt64], done: @escaping @Sendable () -> Void) {
    guard unsafe spoor_cas32(phase, Phase.cold, Phase.running) else { return }
    let work = Work(warmUp: self, addresses: addresses, done: done)
    let context = unsafe Unmanaged.passRetained(work).toOpaque()
    let code = unsafe spoor_thread_start(
      "spoor-names",
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    guard code != 0 else { return }
    // No thread is to be had: whoever needs the names reads them himself.
    unsafe Unmanaged<Work>.fromOpaque(context).release()
    unsafe spoor_store32_release(phase, Phase.warm)
  }

  private final class Work: Sendable {
    let warmUp: SymbolWarmUp
    let addresses: [UInt64]
    let done: @Sendable () -> Void

    init(warmUp: SymbolWarmUp, addresses: [UInt64], done: @escaping @Sendable () -> Void) {
      self.warmUp = warmUp
      self.addresses = addresses
      self.done = done
    }

    func run() {
      _ = warmUp.symbolicator.text(addresses)
      unsafe spoor_store32_release(warmUp.phase, Phase.warm)
      done()
    }
  }
}
