// SPDX-License-Identifier: Apache-2.0

import SpoorJournal
import Testing

@Suite("Secrets")
struct RedactionTests {
  private static let gone = Redaction.replacement

  @Test(
    "are recognised by key, regardless of prefix and case",
    arguments: [
      ("authorization", true), ("Authorization", true), ("http.request.header.authorization", true),
      ("http.response.header.set-cookie", true), ("http.request.header.set_cookie", true), ("Cookie", true),
      ("X-API-Key", true), ("user.password", true), ("PASSWORD", true), ("access_token", true), ("accessToken", true),
      ("db.password", true), ("jwt", true), ("passwords", true), ("token_count", false), ("tokens", false),
      ("cookie.consent", false), ("order_id", false), ("", false), (".", false),
    ])
  func byKey(key: String, isSecret: Bool) {
    #expect((Redaction().replacement(key: key, value: "x") == Self.gone) == isSecret)
  }

  @Test(
    "are removed from queries and URLs",
    arguments: [
      ("url.query", "a=1&token=s3cret&b=2", "a=1&token=[redacted]&b=2"),
      ("url.query", "PASSWORD=s3cret", "PASSWORD=[redacted]"),
      ("url.query", "pass%77ord=s3cret&access%5Ftoken=s3cret", "pass%77ord=[redacted]&access%5Ftoken=[redacted]"),
      ("url.query", "a=token", nil), ("url.query", "token", nil), ("url.query", "", nil),
      ("http.target", "/login?password=s3cret", "/login?password=[redacted]"), ("http.target", "/password=x", nil),
      ("url.full", "https://h/p?api_key=s3cret#f", "https://h/p?api_key=[redacted]#f"),
      ("url.full", "https://user:s3cret@h/p", "https://[redacted]@h/p"),
      ("url.full", "https://user:s3cret@h/p?sig=s3cret", "https://[redacted]@h/p?sig=[redacted]"),
      (
        "url.full", "https://h/p?X-Amz-Signature=s3cret&Signature=s3cret&x=1",
        "https://h/p?X-Amz-Signature=[redacted]&Signature=[redacted]&x=1"
      ),
      ("url.full", "https://h/p@2", nil), ("url.full", "https://h?mail=a@b", nil), ("url.full", "no url", nil),
      ("note", "https://user:s3cret@h/?token=s3cret", "https://[redacted]@h/?token=[redacted]"),
    ] as [(String, String, String?)])
  func fromQueries(key: String, value: String, expected: String?) {
    #expect(Redaction().replacement(key: key, value: value) == expected)
  }

  @Test(
    "are recognised by a pattern of keys",
    arguments: [
      ("user.email", true), ("USER.name", true), ("x_secret", true), ("user", false), ("a.user.email", false),
    ])
  func byKeyPattern(key: String, isSecret: Bool) {
    let redaction = Redaction(names: ["user.*", "*_SECRET"])
    #expect((redaction.replacement(key: key, value: "x") == Self.gone) == isSecret)
    #expect(redaction.isSecret(key) == isSecret)
  }

  @Test("are recognised by a pattern of texts, and the rest of the text stays")
  func byPattern() throws {
    let card = try RedactionPattern(#"\b(?:\d[ -]?){15}\d\b"#)
    let redaction = Redaction(patterns: [card, try RedactionPattern("Bearer [A-Za-z0-9._-]+")])
    #expect(
      redaction.replacement(key: "note", value: "card 4111 1111 1111 1111, Bearer abc.def!")
        == "card \(Self.gone), \(Self.gone)!")
    #expect(redaction.replacement(key: "note", value: "order 12345") == nil)
    #expect(
      redaction.replacement(key: "url.query", value: "token=x&card=4111111111111111")
        == "token=\(Self.gone)&card=\(Self.gone)")
    #expect(redaction.redacted(message: "paid with 4111111111111111") == "paid with \(Self.gone)")
    #expect(Redaction().redacted(message: "paid with 4111111111111111") == "paid with 4111111111111111")
  }

  @Test("are passed to the closure last, after the patterns")
  func custom() throws {
    let redaction = Redaction(patterns: [try RedactionPattern("s3cret")]) { key, value in
      key == "loud" ? value.uppercased() : nil
    }
    #expect(redaction.replacement(key: "loud", value: "my s3cret") == "MY [REDACTED]")
    #expect(redaction.replacement(key: "quiet", value: "my s3cret") == "my \(Self.gone)")
    #expect(redaction.replacement(key: "quiet", value: "mine") == nil)
  }

  @Test("are found by many threads at once")
  func threads() async throws {
    let redaction = Redaction(patterns: [try RedactionPattern("[0-9]{4}")])
    let correct = await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<200).allSatisfy { _ in redaction.replacement(key: "a", value: "x1234y") == "x\(Self.gone)y" }
        }
      }
      return await group.allSatisfy { $0 }
    }
    #expect(correct)
  }

  @Test("are not searched if nothing is configured")
  func none() {
    #expect(Redaction.disabled.replacement(key: "password", value: "x") == nil)
    #expect(Redaction.disabled.replacement(key: "url.full", value: "https://u:p@h?token=1") == nil)
  }

  @Test("a plain name is compared with the whole key and with the part behind its last dot, folded")
  func plainNames() {
    let names = ["id", "token", "geheim\u{E4}"]
    let redaction = Redaction(names: names)
    func folded(_ text: some StringProtocol) -> String { text.lowercased().filter { $0 != "-" && $0 != "." } }
    let parts = [
      "", "id", "ID", "token", "Token", "tokens", "GEHEIM\u{C4}", "geheima", "a.", ".", "\u{E9}", "i.d", "-id",
      "to-ken",
    ]
    for length in 0..<24 {
      for part in parts {
        for dot in ["", "."] {
          let key = String(repeating: "x", count: length) + dot + part
          let last = key.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
          #expect(redaction.isSecret(key) == (names.contains(folded(key)) || names.contains(folded(last))), "\(key)")
        }
      }
    }
  }
}
