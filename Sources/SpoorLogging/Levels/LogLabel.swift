// SPDX-License-Identifier: Apache-2.0

/// A logger's label and its encoded form in a record.
final class LogLabel: Sendable {
  let name: String
  /// `,"logger":"NAME"` and the constant fields of every record; empty if a preset has its own names.
  private let text: ConstantBytes

  init(_ name: String, _ text: [UInt8]) {
    self.name = name
    self.text = ConstantBytes([text])
  }

  /// Valid as long as the object lives.
  var written: UnsafeRawBufferPointer { unsafe text[0] }
}
