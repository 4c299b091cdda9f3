// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore

/// The open connections. Idle ones are ordered by the time since when they wait for a request.
final class OpenConnections: @unchecked Sendable {  // Everything mutable is guarded by `lock`.
  private struct Entry {
    /// When it became idle; 0 while a request is served.
    var age: UInt64
    let presence: ClientPresence
  }

  private let maximum: Int
  private let lock = NSLock()
  private var entries: [ObjectIdentifier: Entry] = [:]
  private var idleByAge: [(age: UInt64, channel: any Channel)] = []
  private var oldest = 0
  private var clock: UInt64 = 0

  init(maximum: Int) { self.maximum = maximum }

  /// The number of open connections.
  var count: Int { lock.withLock { entries.count } }

  /// The presence of a connection's client. The client of an unknown connection is gone.
  func presence(of channel: any Channel) -> ClientPresence {
    if let presence = lock.withLock({ entries[ObjectIdentifier(channel)]?.presence }) { return presence }
    let gone = ClientPresence()
    gone.leave()
    return gone
  }

  func opened(_ channel: any Channel) {
    let victim: (any Channel)? = lock.withLock {
      entries[ObjectIdentifier(channel)] = Entry(age: 0, presence: ClientPresence())
      note(channel)
      return entries.count > maximum ? longestIdle() : nil
    }
    victim?.close(promise: nil)
  }

  func closed(_ channel: any Channel) {
    lock.withLock { entries.removeValue(forKey: ObjectIdentifier(channel)) }?.presence.leave()
  }

  func busy(_ channel: any Channel) { lock.withLock { entries[ObjectIdentifier(channel)]?.age = 0 } }

  func idle(_ channel: any Channel) {
    lock.withLock { if entries[ObjectIdentifier(channel)] != nil { note(channel) } }
  }

  private func note(_ channel: any Channel) {
    clock += 1
    entries[ObjectIdentifier(channel)]?.age = clock
    idleByAge.append((clock, channel))
    // Entries before `oldest`, and outdated ones, are removed once they are the majority.
    guard idleByAge.count > 2 * entries.count + 64 else { return }
    idleByAge = idleByAge[oldest...].filter { entries[ObjectIdentifier($0.channel)]?.age == $0.age }
    oldest = 0
  }

  private func longestIdle() -> (any Channel)? {
    while oldest < idleByAge.count {
      let entry = idleByAge[oldest]
      oldest += 1
      if entries[ObjectIdentifier(entry.channel)]?.age == entry.age {
        entries.removeValue(forKey: ObjectIdentifier(entry.channel))?.presence.leave()
        return entry.channel
      }
    }
    return nil
  }
}
