public import Logging

/// Whether a value of a log field may be written down, as an attribute of swift-log's (SLG-0004).
///
/// ```swift
/// log.info("signed_in", metadata: ["email": "\(user.email, sensitivity: .sensitive)"])   // "email":"[redacted]"
/// ```
/// Attributes of other packages can be asked for by ``Spoor/SpoorConfiguration/isSensitive``.
public enum Sensitivity: Int64, Logger.MetadataValueAttributes.Attribute, CaseIterable {
  /// It may be written.
  case harmless = 0
  /// `[redacted]` is written in its place.
  case sensitive = 1
}

extension Logger.MetadataValue.StringInterpolation {
  /// A part of a value, which makes the whole value as sensitive as it is.
  public mutating func appendInterpolation(_ value: some CustomStringConvertible, sensitivity: Sensitivity) {
    appendInterpolation(
      String(describing: value),
      attributes: { attributes in
        // A harmless part behind a sensitive one changes nothing.
        if attributes[Sensitivity.self] != .sensitive { attributes[Sensitivity.self] = sensitivity }
      })
  }
}
