import Foundation

/// A JSON log record as it was received, with what is needed to join and to sort it.
public struct LogLine: Sendable, Hashable {
  /// The record's `timestamp` as it stands; RFC 3339 in UTC sorts as text.
  public let timestamp: String
  /// The record's `trace_id`.
  public let traceID: String?
  /// The record, one line without its end.
  public let json: [UInt8]

  /// Reads a line; nil where it is no JSON object.
  init?(_ line: some Collection<UInt8>) {
    guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else { return nil }
    timestamp = object["timestamp"] as? String ?? ""
    traceID = object["trace_id"] as? String
    json = Array(line)
  }
}
