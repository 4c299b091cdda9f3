/// What can go wrong when a journal is made or read.
package enum JournalError: Error, Equatable, CustomStringConvertible {
  /// The size that was asked for makes no sense.
  case invalidSize(bytes: Int, expected: String)
  /// The system gave no memory.
  case noMemory(bytes: Int, code: Int32)

  package var description: String {
    switch self {
    case .invalidSize(let bytes, let expected): "journal size of \(bytes) bytes: expected \(expected)"
    case .noMemory(let bytes, let code): "no memory for a journal of \(bytes) bytes (errno \(code))"
    }
  }
}
