// SPDX-License-Identifier: Apache-2.0

import Tracing

/// The begin or the end of a transaction, as SQLite executed it.
struct TransactionStep: Sendable, Equatable {
  enum Kind: String, Sendable {
    case begun = "transaction_begun"
    case committed = "transaction_committed"
    case rolledBack = "transaction_rolled_back"
  }

  let kind: Kind
  let time: DefaultTracerClock.Timestamp

  /// `nil` for a statement that neither begins nor ends a transaction.
  init?(sql: String) {
    switch sql.split(whereSeparator: { !$0.isLetter }).first?.uppercased() {
    case "BEGIN": kind = .begun
    case "COMMIT", "END": kind = .committed
    case "ROLLBACK": kind = .rolledBack
    default: return nil
    }
    time = DefaultTracerClock.now
  }
}
