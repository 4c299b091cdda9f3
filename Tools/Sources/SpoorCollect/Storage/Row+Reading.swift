// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB

/// Reads values without GRDB's conversions, which trap if a damaged file has a value of another type.
extension Row {
  func int(_ column: Int) -> Int64? { self[column] as? Int64 }

  func text(_ column: Int) -> String? { self[column] as? String }

  func bytes(_ column: Int) -> [UInt8]? { (self[column] as? Data).map { [UInt8]($0) } }
}
