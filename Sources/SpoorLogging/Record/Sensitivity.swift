// SPDX-License-Identifier: Apache-2.0

public import Logging

/// A swift-log attribute (SLG-0004) that states whether the value of a log field may be written.
///
/// ```swift
/// log.info("signed_in", metadata: ["email": "\(user.email, sensitivity: .sensitive)"])   // "email":"[redacted]"
/// ```
/// ``Spoor/SpoorConfiguration/Logging/isSensitive`` can evaluate the attributes of other packages.
public enum Sensitivity: Int64, Logger.MetadataValueAttributes.Attribute, CaseIterable {
  /// The value may be written.
  case harmless = 0
  /// The value is replaced by `[redacted]`.
  case sensitive = 1
}

extension Logger.MetadataValue.StringInterpolation {
  /// Appends an interpolated part. If it is sensitive, the whole value is.
  public mutating func appendInterpolation(_ value: some CustomStringConvertible, sensitivity: Sensitivity) {
    appendInterpolation(
      String(describing: value),
      attributes: { attributes in
        // A public part after a sensitive one changes nothing.
        if attributes[Sensitivity.self] != .sensitive { attributes[Sensitivity.self] = sensitivity }
      })
  }
}
