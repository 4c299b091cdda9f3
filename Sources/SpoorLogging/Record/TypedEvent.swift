// SPDX-License-Identifier: Apache-2.0

public import Logging

/// An event type with its own fields.
///
/// ```swift
/// struct PaymentTimeout: TypedEvent {
///   static let name: StaticString = "payment_timeout"
///   static let level = Logger.Level.warning
///   var orderID: String
///   var retryCount: Int
///   func write(to fields: inout EventFields) {
///     fields.add("order_id", orderID)
///     fields.add("retry_count", retryCount)
///   }
/// }
/// events.log(PaymentTimeout(orderID: "ORD7890", retryCount: 2))
/// ```
public protocol TypedEvent {
  /// The `event` field of the record, by convention in snake case.
  static var name: StaticString { get }
  /// The level of the record.
  static var level: Logger.Level { get }
  /// Adds the fields.
  func write(to fields: inout EventFields)
}

extension TypedEvent {
  /// The default level: `info`.
  public static var level: Logger.Level { .info }
}
