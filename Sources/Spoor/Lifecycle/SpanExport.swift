// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorStacks

/// The exporters of spans: a shipper for each, which share the journal. Without exported spans there is one shipper all
/// the same if there is a journal's directory: it takes over the lines and crash reports of dead processes.
package struct SpanExport: Sendable {
  let shippers: [Shipper]

  /// How one exporter encodes and sends.
  private struct Exporter {
    let curl: CurlSettings?
    let encoder: @Sendable (Symbolicator) -> any SpanEncoder
  }

  /// - Parameters:
  ///   - log: the log of one exporter's events, by its number.
  ///   - replay: takes a line of a dead process; false if there is no room for it now.
  ///   - sharesLines: whether an exporter of log records needs the journals of dead processes as well.
  init(
    _ resolved: ResolvedConfiguration, _ journal: Journal, _ adoption: JournalAdoption?, _ symbolicator: Symbolicator,
    _ report: DeadProcessReport, share: AdoptionShare, names: StackNames,
    log: @escaping @Sendable (Int, ShipperEvent) -> Void,
    replay: @escaping @Sendable (DeadJournal, [UInt8]) -> Bool
  ) throws {
    let exporters = Self.exporters(resolved, takesOver: adoption != nil)
    let fanOut = exporters.count > 1 ? SpanFanOut(journal, count: exporters.count) : nil
    var shippers: [Shipper] = []
    for (number, exporter) in exporters.enumerated() {
      var sharing = Shipper.Sharing()
      sharing.fanOut = fanOut
      sharing.exporter = number
      sharing.adoption = share
      shippers.append(
        try Shipper(
          journal: journal, resource: resolved.resource, encoder: exporter.encoder(symbolicator), curl: exporter.curl,
          settings: resolved.shipper, adoption: number == 0 ? adoption : nil, sharing: sharing, names: names,
          style: { report.style(of: $0, encoder: exporter.encoder) }, replay: replay,
          report: { log(number, $0) }))
    }
    self.shippers = shippers
  }

  /// The number of shippers that a configuration has.
  static func count(_ resolved: ResolvedConfiguration, takesOver: Bool) -> Int {
    exporters(resolved, takesOver: takesOver).count
  }

  private static func exporters(_ resolved: ResolvedConfiguration, takesOver: Bool) -> [Exporter] {
    let exporters = (resolved.isDisabled ? [] : resolved.spanExporters).map { exporter in
      switch exporter {
      case .zipkin: Exporter(curl: resolved.curl, encoder: zipkin(resolved.encoding))
      case .otlp: Exporter(curl: resolved.otlp.traces.curl, encoder: otlp(resolved.otlp.traces.encoding))
      }
    }
    guard exporters.isEmpty, takesOver else { return exporters }
    return [Exporter(curl: nil, encoder: zipkin(resolved.encoding))]
  }

  private static func zipkin(
    _ encoding: SpoorConfiguration.Encoding
  ) -> @Sendable (Symbolicator) -> any SpanEncoder {
    { symbolicator in
      let text: StackFormatter = { symbolicator.knownText(CapturedStack(calls: $0)) }
      return switch encoding {
      case .json: ZipkinJSONEncoder(formatStack: text)
      case .proto: ZipkinProtoEncoder(formatStack: text)
      }
    }
  }

  private static func otlp(
    _ encoding: SpoorConfiguration.OTLP.Encoding
  ) -> @Sendable (Symbolicator) -> any SpanEncoder {
    { symbolicator in
      let text: StackFormatter = { symbolicator.knownText(CapturedStack(calls: $0)) }
      return OTLP.spans(usesJSON: encoding == .json, formatStack: text)
    }
  }

  func start() throws {
    for shipper in shippers { try shipper.start() }
  }

  func flush() {
    for shipper in shippers { shipper.flush() }
  }

  /// - Returns: a part for each exporter, which is finished once every span that has finished by now is delivered.
  func beginFlush() -> Countdown {
    let done = Countdown(shippers.count)
    for shipper in shippers { shipper.flush(done) }
    return done
  }

  /// Ends all of them by a deadline, and returns at once.
  ///
  /// - Returns: a part for each exporter, which is finished when its thread has ended.
  func beginShutdown(by deadline: ContinuousClock.Instant) -> Countdown {
    let ended = Countdown(shippers.count)
    for shipper in shippers { shipper.beginShutdown(by: deadline, ended) }
    return ended
  }

  /// Why the last request of one of them failed; nil if none did.
  package var lastFailure: String? { shippers.lazy.compactMap(\.lastFailure).first }

  package var haveEnded: Bool { shippers.allSatisfy(\.hasEnded) }

  /// Ends all of them within the time. Returns why the last request of one failed; nil if none did.
  func shutdown(timeout: Duration) async -> String? {
    await withTaskGroup(of: String?.self) { group in
      for shipper in shippers { group.addTask { await shipper.shutdown(timeout: timeout).lastFailure } }
      var failure: String?
      for await result in group { failure = failure ?? result }
      return failure
    }
  }
}
