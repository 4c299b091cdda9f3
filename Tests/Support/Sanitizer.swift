// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The sanitizer under which the tests run, as `scripts/test.sh --sanitize` names it.
package enum Sanitizer {
  private static let name = ProcessInfo.processInfo.environment["SPOOR_SANITIZER"]

  /// Whether the tests run without a sanitizer.
  package static let isOff = name == nil
  package static let isThreadSanitizer = name == "thread"
}
