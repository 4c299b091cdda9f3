import Logging

/// The least that a handler can do: it takes records and forgets them. Below what it costs, swift-log's API cannot be. (The
/// handler of swift-log's own that does nothing lets no record through: its fields are never made.)
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
