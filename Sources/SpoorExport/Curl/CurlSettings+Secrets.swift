#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension CurlSettings {
  /// Everything that must appear in no text: credentials of URLs and proxies, headers' values, the key's password.
  var secrets: [String] {
    var secrets = endpoints.flatMap(\.secrets)
    secrets += headers.map(\.value)
    // `Bearer TOKEN`: the token alone is the secret, too.
    secrets += headers.flatMap { $0.value.split(separator: " ").dropFirst().map(String.init) }
    if let password = tls.clientKeyPassword { secrets.append(password) }
    switch proxy {
    case .none: break
    case .url(let url): secrets += URLParts(url)?.credentials ?? []
    case .environment:
      for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        guard let value = unsafe getenv(name) else { continue }
        secrets += URLParts(unsafe String(cString: value))?.credentials ?? []
      }
    }
    return secrets
  }
}
