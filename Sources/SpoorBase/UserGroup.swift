// SPDX-License-Identifier: Apache-2.0

/// Groups of the system's users.
package enum UserGroup {
  /// The number of a group that is given by its name or number; nil if there is no group of that name.
  package static func id(_ text: String) -> UInt32? {
    if let number = UInt32(text) { return number == .max ? nil : number }
    guard let group = unsafe getgrnam(text) else { return nil }
    return unsafe group.pointee.gr_gid
  }
}
