// SPDX-License-Identifier: Apache-2.0

import CLibcurl

/// The library itself: its global initialisation and version.
package enum CurlLibrary {
  /// Whether libcurl could be initialised; tried once per process. (`curl_global_init` may be called from any thread
  /// since 7.84. Before, calls must not overlap, which a static variable guarantees.)
  static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// The version, for example `libcurl/7.88.1 OpenSSL/3.0.19 …`.
  package static var version: String { unsafe String(cString: curl_version()) }
}
