// SPDX-License-Identifier: Apache-2.0

import CLibcurl
import SpoorBase

/// Sets a handle's options.
@safe
struct CurlOptions {
  /// Valid as long as the sender that owns it.
  let handle: UnsafeMutableRawPointer

  @discardableResult
  func set(_ option: CURLoption, _ value: Int) -> Bool {
    unsafe clibcurl_set_long(handle, option, value) == CURLE_OK
  }

  @discardableResult
  func set(_ option: CURLoption, bytes: Int) -> Bool {
    unsafe clibcurl_set_offset(handle, option, curl_off_t(bytes)) == CURLE_OK
  }

  @discardableResult
  func set(_ option: CURLoption, milliseconds duration: Duration) -> Bool {
    let (seconds, attoseconds) = duration.components
    return set(option, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }

  @discardableResult
  func set(_ option: CURLoption, seconds duration: Duration) -> Bool {
    set(option, Int(duration.components.seconds))
  }

  /// Sets a text, which libcurl copies; `nil` restores the default.
  @discardableResult
  func set(_ option: CURLoption, _ value: String?) -> Bool {
    unsafe clibcurl_set_string(handle, option, value) == CURLE_OK
  }

  @discardableResult
  func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) -> Bool {
    unsafe clibcurl_set_pointer(handle, option, value) == CURLE_OK
  }

  @discardableResult
  func set(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>?) -> Bool {
    unsafe clibcurl_set_list(handle, option, value) == CURLE_OK
  }

  /// Sets the options that are the same for each request. Returns the setting that libcurl refused, or `nil` if it
  /// accepted all.
  func set(_ settings: CurlSettings) -> String? {
    setTransport(settings) ?? setTLS(settings.tls) ?? setProxy(settings.proxy)
  }

  private func setTransport(_ settings: CurlSettings) -> String? {
    guard unsafe clibcurl_set_http_only(handle) == CURLE_OK else { return "endpoints" }
    guard set(CURLOPT_NOSIGNAL, 1), set(CURLOPT_FOLLOWLOCATION, 0), set(CURLOPT_POST, 1) else { return "endpoints" }
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    set(CURLOPT_USERAGENT, "spoor/" + SpoorVersion.text)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    // A batch takes one or two system calls instead of nine with two polls each. Only the part that a batch fills takes
    // memory.
    set(CURLOPT_UPLOAD_BUFFERSIZE, 1 << 20)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    set(CURLOPT_MAXCONNECTS, settings.endpoints.count + 1)
    guard set(CURLOPT_DNS_CACHE_TIMEOUT, seconds: settings.dnsCacheTimeout) else { return "dnsCacheTimeout" }
    guard set(CURLOPT_MAXLIFETIME_CONN, seconds: settings.connectionLifetime) else { return "connectionLifetime" }
    return nil
  }

  private func setTLS(_ tls: CurlSettings.TLS) -> String? {
    guard set(CURLOPT_SSL_VERIFYPEER, tls.verifiesPeer ? 1 : 0), set(CURLOPT_SSL_VERIFYHOST, tls.verifiesPeer ? 2 : 0)
    else { return "tls.verifiesPeer" }
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    // Not set if they are nil: the default is the system's store, whereas an explicit nil would mean no certificates.
    if let file = tls.caFile, !set(CURLOPT_CAINFO, file) { return "tls.caFile" }
    if let directory = tls.caDirectory, !set(CURLOPT_CAPATH, directory) { return "tls.caDirectory" }
    if let certificate = tls.clientCertificate, !set(CURLOPT_SSLCERT, certificate) { return "tls.clientCertificate" }
    if let key = tls.clientKey, !set(CURLOPT_SSLKEY, key) { return "tls.clientKey" }
    if let password = tls.clientKeyPassword, !set(CURLOPT_KEYPASSWD, password) { return "tls.clientKeyPassword" }
    return nil
  }

  private func setProxy(_ proxy: CurlSettings.Proxy) -> String? {
    switch proxy {
    case .environment: return nil
    case .off: return set(CURLOPT_PROXY, "") ? nil : "proxy"
    case .url(let url): return set(CURLOPT_PROXY, url) ? nil : "proxy"
    }
  }
}
