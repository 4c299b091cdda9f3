// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Writes a line to standard error about the log itself, if the log cannot be written.
package enum LastWord {
  /// Writes a line, without waiting longer than a tenth of a second.
  ///
  /// - Parameter text: the line with its line end.
  package static func say(_ text: String) {
    unsafe withBytes(of: text) { bytes in
      _ = unsafe LogOutput(descriptor: 2).write(bytes, until: spoor_monotonic_ns() &+ 100_000_000, mayBlock: true)
    }
  }
}
