/// The kinds of orders of a load; each is measured apart.
enum LoadKind: String, CaseIterable, Codable, Sendable {
  case plain
  /// Has the coupon whose query fails: the order is taken all the same.
  case coupon
}
