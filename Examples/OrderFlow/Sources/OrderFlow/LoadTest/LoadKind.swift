// SPDX-License-Identifier: Apache-2.0

/// The kinds of orders of a load; each is measured separately.
enum LoadKind: String, CaseIterable, Codable, Sendable {
  case plain
  /// An order with the coupon whose query fails. It is accepted without the discount.
  case coupon
}
