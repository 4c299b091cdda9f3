// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

extension CurlSettings {
  /// The values that must not appear in any text: credentials of URLs and proxies, values of headers, the key's
  /// password.
  var secrets: [String] {
    var secrets = endpoints.flatMap(\.secrets)
    secrets += headers.map(\.value)
    // In `Bearer TOKEN` the token alone is a secret as well.
    secrets += headers.flatMap { $0.value.split(separator: " ").dropFirst().map(String.init) }
    if let password = tls.clientKeyPassword { secrets.append(password) }
    switch proxy {
    case .off: break
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
