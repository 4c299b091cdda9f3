// SPDX-License-Identifier: Apache-2.0

public import SpoorLogs
public import SpoorModel

/// The failure that happened first in a trace.
public struct FirstFailure: Sendable {
  /// The service that reported it.
  public let service: String
  /// The event of the record, or the name of the span.
  public let event: String
  /// `Type: message`.
  public let text: String
  /// Whether the program recovered from it.
  public let isHandled: Bool

  /// The first failure of one trace's records and spans; `nil` if it has none.
  public init?(records: [LogRecord], spans: [ZipkinSpan]) {
    var report = FailureReport()
    for record in records { report.add(record) }
    if !spans.isEmpty { report.add(spans: spans) }
    guard let group = report.notes.lazy.compactMap(\.firstGroup).first else { return nil }
    let sample = report.groups[group].sample
    service = sample.service
    event = sample.event
    text = sample.text
    isHandled = sample.isHandled
  }
}
