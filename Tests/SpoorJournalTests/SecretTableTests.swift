// SPDX-License-Identifier: Apache-2.0

import SpoorJournal
import Testing

/// A list of realistic names and URLs with the expected result. The test prints it as a table.
@Suite("The list of spellings")
struct SecretTableTests {
  struct Key: Sendable {
    let key: String
    let isSecret: Bool
    let reason: String
  }

  private static func keys(_ isSecret: Bool, _ reason: String, _ keys: String...) -> [Key] {
    keys.map { Key(key: $0, isSecret: isSecret, reason: reason) }
  }

  static let secret: [Key] =
    keys(
      true, "*password*", "password", "Password", "PASSWORD", "db_password", "db.password", "userPassword",
      "user-password", "user_password_hash", "passwordConfirmation", "new.password", "PGPASSWORD",
      "MYSQL_ROOT_PASSWORD",
      "spring.datasource.password", "p.a.s.s.w.o.r.d", "pass_word")
    + keys(
      true, "*passwd*, *passphrase*, *passcode*", "passwd", "mysql_passwd", "key_passphrase", "keyPassphrase",
      "passcode")
    + keys(
      true, "*pwd, pass, *_pass", "pwd", "userPwd", "db_pwd", "pass", "db_pass", "dbPass", "smtp.pass", "REDIS-PASS")
    + keys(
      true, "*secret*", "secret", "client_secret", "clientSecret", "client-secret", "CLIENT_SECRET", "aws.secret",
      "secretKey", "secret_access_key", "AWS_SECRET_ACCESS_KEY", "app.secrets", "webhookSecretV2")
    + keys(
      true, "*token", "token", "access_token", "access-token", "accesstoken", "accessToken", "ACCESS_TOKEN",
      "access.token", "x-access-token", "X-Access-Token", "X_ACCESS_TOKEN", "refresh_token", "refreshToken", "id_token",
      "idToken", "authToken", "csrf-token", "X-CSRF-Token", "xsrfToken", "session_token", "sessionToken",
      "x-auth-token",
      "x-amz-security-token", "X-Amz-Security-Token", "oauth2.bearerToken", "GITHUB_TOKEN", "slack-bot-token",
      "csrfmiddlewaretoken", "device.push_token", "x-vault-token")
    + keys(true, "bearer, *jwt", "bearer", "auth_bearer", "jwt", "user.jwt", "idJWT")
    + keys(true, "csrf, xsrf", "csrf", "x-xsrf", "_csrf", "app.csrf")
    + keys(true, "otp, totp", "otp", "sms_otp", "totp")
    + keys(
      true, "*apikey*, api_*key", "api_key", "api-key", "apikey", "apiKey", "APIKey", "API_KEY", "x-api-key",
      "X-API-Key",
      "xApiKey", "google.api.key", "api_secret_key", "api.signing.key", "my_api_v2_key", "apiKeyV2", "OPENAI_API_KEY")
    + keys(
      true, "*private*key", "private_key", "private-key", "privateKey", "PrivateKey", "rsaPrivateKey",
      "ssh.private.key",
      "private_signing_key", "private_key_pem", "TLS_PRIVATE_KEY")
    + keys(
      true, "*accesskey*", "access_key", "accessKey", "aws_access_key", "AWSAccessKeyId", "aws.access_key_id",
      "storage-access-key")
    + keys(
      true, "*…_key", "signing_key", "jwtSigningKey", "encryption-key", "master_key", "account_key", "hmac.key",
      "sshKey", "session_key", "shared_key", "auth_key")
    + keys(
      true, "*credential*", "credential", "credentials", "aws_credentials", "user.credentials", "X-Amz-Credential",
      "credentialType")
    + keys(
      true, "*authorization", "authorization", "Authorization", "proxy-authorization", "Proxy_Authorization",
      "http.request.header.authorization", "x-forwarded-authorization", "x.request.proxyAuthorization")
    + keys(
      true, "*cookie", "cookie", "Cookie", "set-cookie", "Set_Cookie", "setCookie", "http.response.header.set-cookie",
      "session_cookie", "request.cookies", "Set-Cookie2")
    + keys(true, "assertions", "client_assertion", "samlAssertion", "SAMLResponse")

  static let kept: [Key] =
    keys(
      false, "counts of tokens", "token_count", "tokenCount", "tokens_used", "tokens", "total_tokens", "max-tokens",
      "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "token.type", "tokenizer", "tokenization_ms")
    + keys(
      false, "words within words", "secretary", "secretariat.name", "bypass", "compass", "passenger", "passed",
      "passport",
      "monkey", "keyboard", "donkey", "apiary", "capital_key", "rapid.key", "hotpot", "authorized", "author")
    + keys(
      false, "other keys", "key", "public_key", "publicKey", "primary_key", "foreign-key", "partition.key",
      "routing_key", "cache_key", "idempotency_key", "keys", "messaging.kafka.message.key")
    + keys(
      false, "properties of a secret", "cookie.consent", "cookie_consent", "cookiesAccepted", "authorization_endpoint",
      "jwt_count", "otp_sent_at", "pass_count", "passRate", "csrf_enabled")
    + keys(
      false, "everyday fields", "order_id", "user_id", "session.id", "http.request.method", "url.full", "db.query.text",
      "error.message", "exception.message", "trace_id", "status", "", ".", "..", "a.b.c", "été")

  @Test("has at least 150 keys, and each is redacted or kept as listed")
  func keys() {
    #expect(Self.secret.count + Self.kept.count >= 150)
    let redaction = Redaction()
    for key in Self.secret + Self.kept {
      let isRedacted = redaction.replacement(key: key.key, value: "v4lue") == Redaction.replacement
      print(
        "| \(key.key.padding(to: 36)) | \(isRedacted ? "redacted" : "kept    ") | \(key.reason)")
      #expect(isRedacted == key.isSecret, "\(key.key): \(key.reason)")
      #expect(redaction.isSecret(key.key) == key.isSecret, "\(key.key) the second time")
    }
  }

  struct URL: Sendable {
    let text: String
    /// Nil if it is not changed.
    let written: String?
    let reason: String
  }

  static let urls: [URL] = [
    URL(text: "https://h/p?token=s3cret", written: "https://h/p?token=[redacted]", reason: "a query"),
    URL(
      text: "https://h/p?a=1&access-token=s3cret&b=2", written: "https://h/p?a=1&access-token=[redacted]&b=2",
      reason: "in the middle"),
    URL(text: "https://h/p?a=1;token=s3cret", written: "https://h/p?a=1;token=[redacted]", reason: "a semicolon"),
    URL(
      text: "https://h/p?token=s3;cret&b=2", written: "https://h/p?token=[redacted]&b=2", reason: "a semicolon inside"),
    URL(
      text: "https://h/p?token=s3cret;b=2", written: "https://h/p?token=[redacted];b=2", reason: "a semicolon after it"),
    URL(
      text: "https://h/cb#access_token=s3cret", written: "https://h/cb#access_token=[redacted]", reason: "a fragment"),
    URL(
      text: "https://h/cb#state=1&id_token=s3cret", written: "https://h/cb#state=1&id_token=[redacted]",
      reason: "a fragment's second"),
    URL(
      text: "https://h/#/route?token=s3cret", written: "https://h/#/route?token=[redacted]",
      reason: "a query in a fragment"),
    URL(text: "https://h/p?token=s3cret#top", written: "https://h/p?token=[redacted]#top", reason: "a fragment"),
    URL(
      text: "https://h/p?user[password]=s3cret", written: "https://h/p?user[password]=[redacted]", reason: "brackets"),
    URL(
      text: "https://h/p?user%5Bpassword%5D=s3cret", written: "https://h/p?user%5Bpassword%5D=[redacted]",
      reason: "encoded brackets"),
    URL(
      text: "https://h/p?filter[jwt][eq]=s3cret", written: "https://h/p?filter[jwt][eq]=[redacted]",
      reason: "brackets of brackets"),
    URL(text: "https://h/p?pass%77ord=s3cret", written: "https://h/p?pass%77ord=[redacted]", reason: "an encoded name"),
    URL(
      text: "https://h/p?redirect=https%3A%2F%2Fg%2F%3Ftoken%3Ds3cret%26x%3D1",
      written: "https://h/p?redirect=https%3A%2F%2Fg%2F%3Ftoken%3D[redacted]%26x%3D1", reason: "a URL in a parameter"),
    URL(
      text: "https://h/p?next=%253Ftoken%253Ds3cret", written: "https://h/p?next=%253Ftoken%253D[redacted]",
      reason: "encoded twice"),
    URL(
      text: "https://h/p?next=/x?token=s3cret", written: "https://h/p?next=/x?token=[redacted]",
      reason: "a bare URL in a parameter"),
    URL(text: "https://u:s3cret@h/p", written: "https://[redacted]@h/p", reason: "a user and a password"),
    URL(text: "https://u@h/p", written: "https://[redacted]@h/p", reason: "a user"),
    URL(text: "https://:s3cret@h/p", written: "https://[redacted]@h/p", reason: "a password alone"),
    URL(text: "postgres://u:s3cret@h/db", written: "postgres://[redacted]@h/db", reason: "a database"),
    URL(text: "postgres://u:s3/cr@et@h/db", written: "postgres://[redacted]@h/db", reason: "a password with / and @"),
    URL(
      text: "mongodb+srv://u:s3cret@a,b,c/db?tls=true", written: "mongodb+srv://[redacted]@a,b,c/db?tls=true",
      reason: "several hosts"),
    URL(text: "amqps://u:s3cret@[::1]:5671/v", written: "amqps://[redacted]@[::1]:5671/v", reason: "an IPv6 host"),
    URL(text: "redis://:s3cret@h:6379/0", written: "redis://[redacted]@h:6379/0", reason: "a port"),
    URL(
      text: "jdbc:postgresql://h/db?user=u&password=s3cret",
      written: "jdbc:postgresql://h/db?user=u&password=[redacted]", reason: "JDBC"),
    URL(
      text: "Server=h;Database=d;User Id=u;Password=s3cret;",
      written: "Server=h;Database=d;User Id=u;Password=[redacted]", reason: "a connection string"),
    URL(
      text: "host=h user=u password='s3 cret' dbname=d", written: "host=h user=u password='[redacted]' dbname=d",
      reason: "libpq"),
    URL(
      text: "AccountName=a;AccountKey=s3cret==;EndpointSuffix=x",
      written: "AccountName=a;AccountKey=[redacted];EndpointSuffix=x", reason: "Azure"),
    URL(
      text: "https://b.s3.amazonaws.com/o?X-Amz-Credential=s3cret&X-Amz-Date=1&X-Amz-Signature=s3cret",
      written: "https://b.s3.amazonaws.com/o?X-Amz-Credential=[redacted]&X-Amz-Date=1&X-Amz-Signature=[redacted]",
      reason: "a signed URL"),
    URL(
      text: "https://a.blob.core.windows.net/c?sv=1&sig=s3cret",
      written: "https://a.blob.core.windows.net/c?sv=1&sig=[redacted]", reason: "a shared access signature"),
    URL(
      text: "https://maps.example/api?key=s3cret&q=x", written: "https://maps.example/api?key=[redacted]&q=x",
      reason: "a key in a URL"),
    URL(text: "?token=s3cret", written: "?token=[redacted]", reason: "a query with its mark"),
    URL(text: "a=1&token=s3cret", written: "a=1&token=[redacted]", reason: "a query without its mark"),
    URL(text: "/login?password=s3cret", written: "/login?password=[redacted]", reason: "a target"),
    URL(text: "/p;token=s3cret", written: "/p;token=[redacted]", reason: "a path's parameter"),
    URL(
      text: "GET https://h/p?token=s3cret failed: 500", written: "GET https://h/p?token=[redacted] failed: 500",
      reason: "a URL in a message"),
    URL(
      text: "cannot open \"https://u:s3cret@h/p\"", written: "cannot open \"https://[redacted]@h/p\"",
      reason: "a URL in quotes"),
    URL(
      text: "two: http://u:s3cret@h/ and http://h/?jwt=s3cret.",
      written: "two: http://[redacted]@h/ and http://h/?jwt=[redacted]", reason: "two URLs"),
    URL(
      text: "login failed: password=s3cret user=u", written: "login failed: password=[redacted] user=u",
      reason: "a message"),
    URL(
      text: "https%3A%2F%2Fu%3As3cret%40h%2Fp", written: "https%3A%2F%2F[redacted]%40h%2Fp", reason: "an encoded URL"),
    URL(
      text: "https://h/p?q=a&amp;token=s3cret", written: "https://h/p?q=a&amp;token=[redacted]",
      reason: "an escaped ampersand"),
    URL(text: "https://h/p", written: nil, reason: "nothing in it"),
    URL(text: "https://h:8080/p@2?mail=a@b", written: nil, reason: "an @ that ends no user"),
    URL(text: "https://h?mail=a@b", written: nil, reason: "an @ in a query"),
    URL(text: "https://h/p?page=2&token_count=3&q=token", written: nil, reason: "harmless parameters"),
    URL(text: "https://h/password=x", written: nil, reason: "a path"),
    URL(text: "/token/abc", written: nil, reason: "a path"),
    URL(text: "token", written: nil, reason: "a word"),
    URL(text: "token=", written: nil, reason: "no value"),
    URL(text: "key=value", written: nil, reason: "a key outside a URL"),
    URL(text: "x == token", written: nil, reason: "a comparison"),
    URL(text: "12:30:45 http://[::1]:80/x@y", written: nil, reason: "an address"),
    URL(text: "git@github.com:a/b.git", written: nil, reason: "no URL"),
    URL(text: "https://h/p?token=[redacted]", written: nil, reason: "redacted before"),
    URL(text: "100% = all", written: nil, reason: "a percent sign"),
  ]

  @Test("has at least 40 URLs, and each is written as listed, with any key")
  func texts() {
    #expect(Self.urls.count >= 40)
    let redaction = Redaction()
    for url in Self.urls {
      let written = redaction.replacement(key: "note", value: url.text)
      print("| \(url.text.padding(to: 60)) | \(written ?? "kept") | \(url.reason)")
      #expect(written == url.written, "\(url.reason): \(url.text)")
      #expect(redaction.redacted(message: url.text) == url.written ?? url.text, "\(url.reason): as a message")
      if let written { #expect(redaction.replacement(key: "note", value: written) == nil, "\(url.reason): twice") }
    }
  }

  @Test("is searched in linear time")
  func linear() {
    let redaction = Redaction()
    for piece in ["://", "a=", "=", "%3D", ":", "://a:b", "://@", "?token", "a=b;", "token=;", "\"", "%25", "user["] {
      let text = String(repeating: piece, count: 200_000 / piece.utf8.count)
      // Quadratic work on 200 kB would take hours.
      _ = redaction.replacement(key: "note", value: text)
    }
  }

  @Test("can be narrowed")
  func narrowed() {
    let redaction = Redaction(names: Redaction.defaultNames + ["!page_token", "!*_reset_token"])
    #expect(
      !redaction.isSecret("page_token") && !redaction.isSecret("pageToken") && !redaction.isSecret("x.page-token"))
    #expect(!redaction.isSecret("password_reset_token"))
    #expect(redaction.isSecret("access_token"))
    let filtered = Redaction(names: Redaction.defaultNames.filter { $0 != "*token" })
    #expect(!filtered.isSecret("access_token") && filtered.isSecret("client_secret"))
    #expect(Redaction.disabled.replacement(key: "password", value: "https://u:p@h/?token=x") == nil)
  }
}

extension String {
  fileprivate func padding(to count: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, count - self.count))
  }
}
