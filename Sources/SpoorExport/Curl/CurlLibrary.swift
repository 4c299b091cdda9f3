import CLibcurl

/// libcurl as a whole.
package enum CurlLibrary {
  /// Whether libcurl started; tried once in a process. (`curl_global_init` may be called from any thread since 7.84, and
  /// before it here only from one at a time.)
  static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// As `libcurl/7.88.1 OpenSSL/3.0.19 …`.
  package static var version: String { unsafe String(cString: curl_version()) }
}
