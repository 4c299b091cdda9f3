// SPDX-License-Identifier: Apache-2.0

/// Why a span is kept: by the head decision, or by a keep rule although the head decision left it out. The raw values
/// are part of the file format.
package enum KeptReason: UInt8, Sendable {
  case headDecision = 0
  case error = 1
  case slow = 2
}
