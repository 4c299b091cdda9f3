// SPDX-License-Identifier: Apache-2.0

/// How much a ``Symbolicator`` reads for a stack (setting `SPOOR_STACK_NAMES`).
public enum NameDetail: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Nothing is read: every frame is `module+0xOFFSET (build ID)`.
  case off
  /// Names from the symbol table: microseconds an address, after some milliseconds for a large file.
  case functions
  /// In addition, the file and line of the code at the address, which can be those of an inlined function.
  case lines
  /// In addition, the functions that are inlined there, each with its file and line.
  case inlined

  private var rank: Int {
    switch self {
    case .off: 0
    case .functions: 1
    case .lines: 2
    case .inlined: 3
    }
  }

  /// Orders by how much is read, ``off`` first.
  public static func < (left: NameDetail, right: NameDetail) -> Bool { left.rank < right.rank }
}
