// SPDX-License-Identifier: Apache-2.0

package import Logging

/// The caller's fields of a record, each key once. The call's metadata takes precedence over the provider's, which
/// takes precedence over the logger's, and then over the request's baggage.
///
/// The dictionaries are not merged, because that would cost more than writing the record.
package struct LogFields {
  private let call: Logger.Metadata
  private let provided: Logger.Metadata
  private let own: Logger.Metadata
  /// Fields from baggage, in the order of the setting.
  private let baggage: [(key: String, value: String)]

  package init(
    call: Logger.Metadata = [:], provided: Logger.Metadata = [:], own: Logger.Metadata = [:],
    baggage: [(key: String, value: String)] = []
  ) {
    self.call = call
    self.provided = provided
    self.own = own
    self.baggage = baggage
  }

  package var isEmpty: Bool { call.isEmpty && provided.isEmpty && own.isEmpty && baggage.isEmpty }

  /// Each field once, in no particular order.
  @inline(__always)
  func forEach(_ body: (String, Logger.MetadataValue) -> Void) {
    for (key, value) in call { body(key, value) }
    if !provided.isEmpty {
      for (key, value) in provided where call[key] == nil { body(key, value) }
    }
    if !own.isEmpty {
      for (key, value) in own where call[key] == nil && provided[key] == nil { body(key, value) }
    }
    for (key, value) in baggage where call[key] == nil && provided[key] == nil && own[key] == nil {
      body(key, .string(value))
    }
  }

  /// The fields in the order of their keys' bytes. In a record they are ordered by the written key, which differs for
  /// keys with escaped characters.
  func sorted() -> [(key: String, value: Logger.MetadataValue)] {
    var all: [(key: String, value: Logger.MetadataValue)] = []
    forEach { all.append(($0, $1)) }
    return all.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}
