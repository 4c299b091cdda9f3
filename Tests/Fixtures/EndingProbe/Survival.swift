// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A signal handler of the program that survives a segmentation fault, as in some runtimes and tools.
enum Survival {
  private static let pageBytes = 4096

  /// Writes to a read-only page. The handler makes it writable, and the write is repeated.
  static func surviveSegmentationFault() {
    let page = unsafe mmap(nil, pageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let page = unsafe page, unsafe page != MAP_FAILED else { exit(3) }
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_sigaction = { _, info, _ in
      guard let address = unsafe info?.pointee._sifields._sigfault.si_addr else { return }
      let start = UInt(bitPattern: address) / 4096 * 4096
      _ = unsafe mprotect(UnsafeMutableRawPointer(bitPattern: start), 4096, PROT_READ | PROT_WRITE)
    }
    action.sa_flags = Int32(SA_SIGINFO)
    // Spoor's handler is installed; this one becomes its previous handler.
    var spoors = sigaction()
    unsafe sigaction(SIGSEGV, &action, &spoors)
    unsafe forwarded = spoors
    unsafe own = action
    var chain = sigaction()
    unsafe chain.__sigaction_handler.sa_sigaction = { signal, info, context in
      unsafe Survival.forwarded.__sigaction_handler.sa_sigaction?(signal, info, context)
      var own = unsafe Survival.own
      unsafe sigaction(SIGSEGV, &own, nil)
    }
    chain.sa_flags = Int32(SA_SIGINFO)
    unsafe sigaction(SIGSEGV, &chain, nil)
    unsafe page.storeBytes(of: 1, as: UInt8.self)
  }

  nonisolated(unsafe) private static var forwarded = sigaction()
  nonisolated(unsafe) private static var own = sigaction()
}
