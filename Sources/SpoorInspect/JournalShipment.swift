internal import Spoor
internal import SpoorExport
internal import SpoorJournal

/// Ships what dead processes left in a journal's directory, as the next start of their service would.
public struct JournalShipment: Sendable {
  /// Spans that are delivered.
  public let delivered: Int
  /// Spans that the collector will never take: dropped.
  public let rejected: Int
  /// Spans that stay in their files.
  public let undelivered: Int
  /// Files that were shipped from.
  public let files: Int
  /// What the collector said or did last, where it failed.
  public let lastFailure: String?

  /// Ships the files whose processes are dead; living processes' files are left alone.
  ///
  /// - Parameters:
  ///   - path: the directory.
  ///   - endpoint: where to, `http://localhost:9411/api/v2/spans`.
  ///   - timeout: what is not delivered by then stays where it is.
  ///   - line: is handed the log lines that were not written, each with its line end, on another thread.
  /// - Throws: ``JournalUnreadable`` for a directory that cannot be read or an endpoint that is none.
  public static func ship(
    _ path: String, to endpoint: String, timeout: Duration = .seconds(30), line: @escaping @Sendable ([UInt8]) -> Void
  ) async throws(JournalUnreadable) -> JournalShipment {
    let directory = try JournalUnreadable.directory(path)
    let counts = Locked((delivered: 0, rejected: 0, files: 0))
    let shipper: Shipper
    do {
      // A journal of its own, for nothing: the shipper ships that of its process, and whatever it adopts.
      shipper = try Shipper(
        journal: Journal(layout: JournalLayout(totalBytes: JournalLayout.minimumBytes, logRingBytes: 0)),
        resource: Resource(service: "spoor", instance: ""), encoder: ZipkinJSONEncoder(),
        curl: CurlSettings(endpoints: [CollectorEndpoint(endpoint)]),
        adoption: JournalAdoption(directory, maximumBytes: .max),
        style: Legacy.inspecting.style,
        replay: { dead, bytes in
          line(Legacy.inspecting.resolved(bytes, of: dead))
          return true
        },
        report: { event in
          counts.withLock { counts in
            switch event {
            case .answered(let spans, _, _, _): counts.delivered += spans
            case .rejected, .unusable: counts.rejected += 1
            case .adopted: counts.files += 1
            default: break
            }
          }
        })
      try shipper.start()
    } catch {
      throw JournalUnreadable(description: "\(error)")
    }
    let rest = await shipper.shutdown(timeout: timeout)
    let (delivered, rejected, files) = counts.withLock { $0 }
    return JournalShipment(
      delivered: delivered, rejected: rejected, undelivered: rest.undelivered, files: files,
      lastFailure: rest.lastFailure)
  }
}
