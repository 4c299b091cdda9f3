// SPDX-License-Identifier: Apache-2.0

/// An error while creating or reading a journal.
package enum JournalError: Error, Equatable, CustomStringConvertible {
  /// The requested size is out of range.
  case invalidSize(bytes: Int, expected: String)
  /// The system could not provide memory.
  case noMemory(bytes: Int, code: Int32)

  package var description: String {
    switch self {
    case .invalidSize(let bytes, let expected): "the size must be \(expected), but is \(bytes) bytes"
    case .noMemory(let bytes, let code): "no memory for a journal of \(bytes) bytes (errno \(code))"
    }
  }
}
