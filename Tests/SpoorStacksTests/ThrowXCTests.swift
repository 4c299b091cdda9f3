// SPDX-License-Identifier: Apache-2.0

import SpoorStacks
import XCTest

/// XCTest uses the throw hook too. The capture works whether it is installed before or after XCTest's.
final class ThrowXCTests: XCTestCase {
  func testThrowIsCapturedUnderXCTest() throws {
    StackCapture.install(.init(mode: .always))
    XCTAssertThrowsError(try Thrower.untyped()) { error in
      let failure = CapturedFailure(error)
      XCTAssertEqual(failure.stackSource, .exact)
      XCTAssertEqual(failure.projectFunctions.first, "static Thrower.untyped()")
    }
  }

  func testExpectedFailureOfAThrowingTestIsSeen() {
    StackCapture.install(.init(mode: .always))
    XCTAssertThrowsError(try Thrower.typed()) { XCTAssertTrue($0 is TypedError) }
  }
}
