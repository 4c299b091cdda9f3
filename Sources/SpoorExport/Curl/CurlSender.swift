import CLibcurl
package import SpoorBytes

/// Posts bodies to collectors over libcurl, one at a time, from one thread, keeping connections alive.
///
/// http and https only; no redirect is followed; of an answer a bounded piece is read; signals are left alone (call
/// ``SignalMask/blockSIGPIPE()`` on the thread first). URLs' credentials, headers and passwords appear in no text that
/// this gives out.
@safe
package final class CurlSender {
  private let settings: CurlSettings
  private let redaction: Redaction
  private let shouldStop: () -> Bool
  /// libcurl's handle; this object alone uses it, and frees it last.
  private let handle: UnsafeMutableRawPointer
  /// Where libcurl writes its last message; `CURL_ERROR_SIZE` bytes, freed after the handle.
  private let message: UnsafeMutablePointer<CChar>
  private let answer: CurlAnswer
  private let gzip: GzipCompressor?
  private var compressed = GrowingBytes()

  /// - Parameters:
  ///   - shouldStop: Asked about once a second while a request waits, and whenever something comes; true ends the
  ///     request, whose spans are then kept.
  /// - Throws: ``InvalidSenderSetting``.
  package init(
    settings: CurlSettings, shouldStop: @escaping () -> Bool = { false }
  ) throws(InvalidSenderSetting) {
    try settings.validate()
    self.settings = settings
    self.shouldStop = shouldStop
    redaction = Redaction(settings.secrets)
    answer = CurlAnswer(limit: settings.maximumAnswerBytes)
    gzip = settings.compression == .never ? nil : try? GzipCompressor()
    guard CurlLibrary.isReady, let handle = unsafe curl_easy_init() else {
      throw InvalidSenderSetting(setting: "libcurl", value: CurlLibrary.version, expected: "a libcurl that starts")
    }
    unsafe self.handle = unsafe handle
    unsafe message = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    let refused = unsafe CurlOptions(handle: handle).set(settings)
    guard refused == nil else {
      throw InvalidSenderSetting(
        setting: refused ?? "", value: "set", expected: "a libcurl that knows it, not \(CurlLibrary.version)")
    }
    setCallbacks()
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe message.deallocate()
  }

  /// Posts `body` and waits for the answer.
  ///
  /// - Parameters:
  ///   - endpoint: Which of the settings' endpoints.
  ///   - timeout: Where less time is left than the settings give; at least 1 ms.
  package func send(
    _ body: borrowing GrowingBytes, contentType: String, to endpoint: Int, timeout: Duration? = nil
  ) -> SendOutcome {
    let target = settings.endpoints[endpoint]
    let isCompressed = compress(body, for: target)
    let headers = unsafe headerList(contentType, isCompressed: isCompressed)
    defer { unsafe curl_slist_free_all(headers) }
    answer.reset()
    unsafe message.pointee = 0
    let options = unsafe CurlOptions(handle: handle)
    options.set(CURLOPT_URL, target.url)
    options.set(CURLOPT_NOPROXY, noProxy(for: target))
    unsafe options.set(CURLOPT_HTTPHEADER, headers)
    let limit = max(min(timeout ?? settings.timeout, settings.timeout), .milliseconds(1))
    options.set(CURLOPT_TIMEOUT_MS, milliseconds: limit)
    options.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: min(limit, settings.connectTimeout))
    let code = isCompressed ? perform(compressed, options) : perform(body, options)
    return outcome(code, of: target)
  }

  private func perform(_ body: borrowing GrowingBytes, _ options: CurlOptions) -> CURLcode {
    unsafe body.withBytes { bytes in
      options.set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: bytes.count)
      // libcurl only reads there, and only during the call below.
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

  /// The environment's proxy is for the world, not for this machine. nil leaves it to `no_proxy`.
  private func noProxy(for target: CollectorEndpoint) -> String? {
    settings.proxy == .environment && target.isLoopback ? "*" : nil
  }

  private func headerList(_ contentType: String, isCompressed: Bool) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    // Sending is not to be traced; and no round trip is spent on asking whether a body may come.
    var lines = ["Content-Type: \(contentType)", "b3: 0", "Expect:"]
    if isCompressed { lines.append("Content-Encoding: gzip") }
    // libcurl sends a header without a value only if it ends in a semicolon.
    lines += settings.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for line in lines { unsafe list = curl_slist_append(list, line) ?? list }
    return unsafe list
  }

  private func outcome(_ code: CURLcode, of target: CollectorEndpoint) -> SendOutcome {
    guard answer.isHeadComplete else {
      return .retryLater(status: nil, after: nil, reason: "\(target): \(failure(code))")
    }
    var number = 0
    unsafe clibcurl_get_long(handle, CURLINFO_RESPONSE_CODE, &number)
    // The head says it all: whatever happened to the body behind it, the collector has decided.
    if (200...299).contains(number) { return .delivered }
    let excerpt = redaction.redact(answer.excerpt)
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
    return redaction.redact(particular.isEmpty ? general : "\(general): \(particular)")
  }

  /// The callbacks get unretained pointers: libcurl calls them only inside `curl_easy_perform`, during which `self` lives.
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
