// SPDX-License-Identifier: Apache-2.0

import SpoorJournal

/// Removes secrets from texts by others: libcurl's messages, and responses, which may repeat parts of the request.
struct KnownSecrets: Sendable {
  /// The longest first, so that a secret that contains another one is removed as a whole.
  private let secrets: [String]
  /// For unknown secrets: a proxy's response may quote a URL.
  private static let rules = Redaction()

  /// Texts of less than three characters are ignored, because they occur everywhere.
  init(_ secrets: some Sequence<String>) {
    self.secrets = Set(secrets.filter { $0.count >= 3 }).sorted { ($0.count, $0) > ($1.count, $1) }
  }

  func redact(_ text: String) -> String {
    Self.rules.redacted(message: secrets.reduce(text) { $0.replacing($1, with: "***") })
  }
}
