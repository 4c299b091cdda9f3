import SpoorStacks
import XCTest

/// XCTest uses the throw hook too; capture works under it, and it under capture.
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
