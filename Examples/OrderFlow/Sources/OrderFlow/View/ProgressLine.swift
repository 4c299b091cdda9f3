// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A progress line on standard error that is rewritten in place. Without a terminal nothing is written.
enum ProgressLine {
  static func show(_ text: String) { write("\r\(text) ") }

  static func end() { write("\n") }

  private static func write(_ text: String) {
    if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data(text.utf8)) }
  }
}
