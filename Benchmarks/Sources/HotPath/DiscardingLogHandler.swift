// SPDX-License-Identifier: Apache-2.0

import Logging

/// A handler that does the minimum: it accepts records and forgets them. No handler costs less than this with
/// swift-log's API. (swift-log's no-op handler rejects every record, so its fields are never built.)
struct DiscardingLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {}
}
