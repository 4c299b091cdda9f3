// SPDX-License-Identifier: Apache-2.0

import CLibcurl
package import SpoorBase

/// Posts bodies to collectors over libcurl, one at a time, from one thread, keeping connections alive.
///
/// Only http and https are allowed, no redirect is followed, responses are bounded, and signals are not used (call
/// ``SignalMask/blockWriteSignals()`` on the thread first). Credentials in URLs, headers and passwords never appear in
/// a message.
@safe
package final class CurlSender {
  private let settings: CurlSettings
  private let secrets: KnownSecrets
  private let shouldStop: () -> Bool
  /// libcurl's handle. Only this object uses it, and frees it last.
  private let handle: UnsafeMutableRawPointer
  /// The buffer for libcurl's last message: `CURL_ERROR_SIZE` bytes, freed after the handle.
  private let message: UnsafeMutablePointer<CChar>
  private let answer: CurlAnswer
  private let gzip: GzipCompressor?
  private var compressed = GrowingBytes()
  /// Whether cached addresses are ignored: after a failed connection, until one succeeds.
  private var resolvesAnew = false

  /// - Parameters:
  ///   - shouldStop: Called about once a second while a request waits, and whenever data arrives; true ends the
  ///     request, whose spans are then kept.
  /// - Throws: ``InvalidSenderSetting``.
  package init(
    settings: CurlSettings, shouldStop: @escaping () -> Bool = { false }
  ) throws(InvalidSenderSetting) {
    try settings.validate()
    self.settings = settings
    self.shouldStop = shouldStop
    secrets = KnownSecrets(settings.secrets)
    answer = CurlAnswer(limit: settings.maximumAnswerBytes)
    gzip = settings.compression == .never ? nil : try? GzipCompressor()
    guard CurlLibrary.isReady, let handle = unsafe curl_easy_init() else {
      throw InvalidSenderSetting(setting: "libcurl", value: CurlLibrary.version, expected: "able to start")
    }
    unsafe self.handle = unsafe handle
    unsafe message = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    let refused = unsafe CurlOptions(handle: handle).set(settings)
    guard refused == nil else {
      throw InvalidSenderSetting(
        setting: refused ?? "", value: "set",
        expected: "unset with libcurl \(CurlLibrary.version), which does not support it")
    }
    setCallbacks()
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe message.deallocate()
  }

  /// Posts `body` and waits for the response.
  ///
  /// - Parameters:
  ///   - endpoint: The index of the endpoint in the settings.
  ///   - timeout: A shorter time limit than that of the settings; at least 1 ms.
  package func send(
    _ body: borrowing GrowingBytes, as format: any BodyFormat, to endpoint: Int, timeout: Duration? = nil
  ) -> SendOutcome {
    let target = settings.endpoints[endpoint]
    let isCompressed = compress(body, for: target)
    let headers = unsafe headerList(format.contentType, isCompressed: isCompressed)
    defer { unsafe curl_slist_free_all(headers) }
    answer.reset()
    unsafe message.pointee = 0
    let options = unsafe CurlOptions(handle: handle)
    options.set(CURLOPT_URL, target.url)
    options.set(CURLOPT_DNS_CACHE_TIMEOUT, seconds: resolvesAnew ? .zero : settings.dnsCacheTimeout)
    options.set(CURLOPT_NOPROXY, noProxy(for: target))
    unsafe options.set(CURLOPT_HTTPHEADER, headers)
    let limit = max(min(timeout ?? settings.timeout, settings.timeout), .milliseconds(1))
    options.set(CURLOPT_TIMEOUT_MS, milliseconds: limit)
    options.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: min(limit, settings.connectTimeout))
    let code = isCompressed ? perform(compressed, options) : perform(body, options)
    return outcome(code, of: target, format)
  }

  private func perform(_ body: borrowing GrowingBytes, _ options: CurlOptions) -> CURLcode {
    unsafe body.withBytes { bytes in
      options.set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: bytes.count)
      // libcurl only reads from this pointer, and only during the call below.
      unsafe options.set(CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      defer { unsafe options.set(CURLOPT_POSTFIELDS, nil as UnsafeMutableRawPointer?) }
      return unsafe curl_easy_perform(handle)
    }
  }

  private func compress(_ body: borrowing GrowingBytes, for target: CollectorEndpoint) -> Bool {
    guard let gzip, settings.compression == .always || !target.isLoopback else { return false }
    do {
      try gzip.compress(body, into: &compressed)
      return true
    } catch {
      return false
    }
  }

  /// A proxy from the environment is not used for this machine itself. nil leaves the decision to `no_proxy`.
  private func noProxy(for target: CollectorEndpoint) -> String? {
    switch settings.proxy {
    case .environment: target.isLoopback ? "*" : nil
    case .off: nil
    case .url: ""
    }
  }

  private func headerList(_ contentType: String, isCompressed: Bool) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    // `b3: 0`: sending must not be traced. `Expect:`: no round trip for `100 Continue`.
    var lines = ["Content-Type: \(contentType)", "b3: 0", "Expect:"]
    if isCompressed { lines.append("Content-Encoding: gzip") }
    // libcurl sends a header without a value only if it ends in a semicolon.
    lines += settings.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for line in lines { unsafe list = curl_slist_append(list, line) ?? list }
    return unsafe list
  }

  private func outcome(_ code: CURLcode, of target: CollectorEndpoint, _ format: any BodyFormat) -> SendOutcome {
    guard answer.isHeadComplete else {
      // The name may have another address by now.
      resolvesAnew = true
      let reason = "\(target): \(failure(code))"
      var sent: curl_off_t = 0
      unsafe clibcurl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &sent)
      return sent == 0 || code == CURLE_ABORTED_BY_CALLBACK
        ? .unreachable(reason: reason) : .retryLater(status: nil, after: nil, reason: reason)
    }
    resolvesAnew = false
    var number = 0
    unsafe clibcurl_get_long(handle, CURLINFO_RESPONSE_CODE, &number)
    // The head says it all: whatever happened to the body behind it, the collector has decided.
    if (200...299).contains(number) {
      var acceptance = format.acceptance(answer.body)
      guard acceptance != .all else { return .delivered }
      acceptance.message = secrets.redact(CurlAnswer.line(acceptance.message))
      return .partlyDelivered(acceptance)
    }
    let excerpt = secrets.redact(format.errorMessage(answer.body).map(CurlAnswer.line) ?? answer.excerpt)
    var reason = "\(target): answered \(number)" + (excerpt.isEmpty ? "" : ": \(excerpt)")
    if number == 400 || number == 413 { return .rejected(status: number, reason: reason) }
    if (300...399).contains(number) { reason += " (redirects are not followed)" }
    var seconds: curl_off_t = 0
    unsafe clibcurl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
    return .retryLater(
      status: number, after: seconds > 0 ? .seconds(min(Int64(seconds), 86_400 * 365)) : nil, reason: reason)
  }

  private func failure(_ code: CURLcode) -> String {
    guard code != CURLE_OK else { return "the answer has no head" }
    let general = unsafe String(cString: curl_easy_strerror(code))
    let particular = unsafe String(cString: message)
    return secrets.redact(particular.isEmpty ? general : "\(general): \(particular)")
  }

  /// The callbacks get unretained pointers, because libcurl calls them only inside `curl_easy_perform`, during which
  /// `self` is alive.
  private func setCallbacks() {
    let options = unsafe CurlOptions(handle: handle)
    unsafe options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(message))
    let answer = unsafe Unmanaged.passUnretained(self.answer).toOpaque()
    unsafe clibcurl_set_on_data(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
      guard let data = unsafe data, let context = unsafe context else { return 0 }
      let answer = unsafe Unmanaged<CurlAnswer>.fromOpaque(context).takeUnretainedValue()
      let taken = unsafe answer.take(body: UnsafeRawBufferPointer(start: data, count: size * count))
      return taken ? size * count : 0
    }
    unsafe options.set(CURLOPT_WRITEDATA, answer)
    unsafe clibcurl_set_on_data(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
      guard let data = unsafe data, let context = unsafe context else { return 0 }
      let answer = unsafe Unmanaged<CurlAnswer>.fromOpaque(context).takeUnretainedValue()
      let taken = unsafe answer.take(headLine: UnsafeRawBufferPointer(start: data, count: size * count))
      return taken ? size * count : 0
    }
    unsafe options.set(CURLOPT_HEADERDATA, answer)
    unsafe clibcurl_set_on_progress(handle) { context, _, _, _, _ in
      guard let context = unsafe context else { return 0 }
      return unsafe Unmanaged<CurlSender>.fromOpaque(context).takeUnretainedValue().shouldStop() ? 1 : 0
    }
    unsafe options.set(CURLOPT_XFERINFODATA, Unmanaged.passUnretained(self).toOpaque())
    options.set(CURLOPT_NOPROGRESS, 0)
  }
}
