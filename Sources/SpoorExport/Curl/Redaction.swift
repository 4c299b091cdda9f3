/// Takes secrets out of texts that others wrote: libcurl's messages, and answers, which may repeat what they were sent.
struct Redaction: Sendable {
  /// The longest first, so that none hides in the rest of another.
  private let secrets: [String]

  /// Texts of less than three characters are not looked for: they hide nothing and occur everywhere.
  init(_ secrets: some Sequence<String>) {
    self.secrets = Set(secrets.filter { $0.count >= 3 }).sorted { ($0.count, $0) > ($1.count, $1) }
  }

  func redact(_ text: String) -> String {
    secrets.reduce(text) { $0.replacing($1, with: "***") }
  }
}
