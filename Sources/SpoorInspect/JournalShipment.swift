// SPDX-License-Identifier: Apache-2.0

internal import Spoor
internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal

/// Ships the journals of dead processes in a directory, as the next start of their service does.
public struct JournalShipment: Sendable {
  /// The number of delivered spans.
  public let delivered: Int
  /// The number of spans that the collector refused for good; they are dropped.
  public let rejected: Int
  /// The number of spans that stay in their files.
  public let undelivered: Int
  /// The number of files with shipped spans.
  public let files: Int
  /// The last failure of the collector.
  public let lastFailure: String?

  /// Ships the files whose processes are dead; living processes' files are left alone.
  ///
  /// - Parameters:
  ///   - path: the directory.
  ///   - endpoint: the URL of the collector, such as `http://localhost:9411/api/v2/spans`.
  ///   - timeout: spans that are not delivered by then stay in their files.
  ///   - line: receives the log lines that were not written, each with its line end, on another thread.
  /// - Throws: ``JournalUnreadable`` if the directory cannot be read or the endpoint is not a URL.
  public static func ship(
    _ path: String, to endpoint: String, timeout: Duration = .seconds(30), line: @escaping @Sendable ([UInt8]) -> Void
  ) async throws(JournalUnreadable) -> JournalShipment {
    let directory = try JournalUnreadable.directory(path)
    let counts = Locked((delivered: 0, rejected: 0, files: 0))
    let shipper: Shipper
    do {
      // The shipper needs a journal of its own process besides the adopted ones; this one stays empty.
      shipper = try Shipper(
        journal: Journal(layout: JournalLayout(totalBytes: JournalLayout.minimumBytes, logRingBytes: 0)),
        resource: Resource(service: "spoor", instance: ""), encoder: ZipkinJSONEncoder(),
        curl: CurlSettings(endpoints: [CollectorEndpoint(endpoint)]),
        adoption: JournalAdoption(directory, maximumBytes: .max),
        style: { DeadProcessReport.inspecting.style(of: $0) { ZipkinJSONEncoder.inspecting($0) } },
        replay: { dead, bytes in
          line(DeadProcessReport.inspecting.resolved(bytes, of: dead))
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
