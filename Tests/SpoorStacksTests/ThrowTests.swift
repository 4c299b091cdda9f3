import SpoorStacks
import Testing

/// Tests that set the process-wide capture: one after the other.
@Suite(.serialized) struct ThrowTests {}

/// One for all tests: what it has read of debug information serves the next.
let symbolicator = Symbolicator()

extension CapturedFailure {
  /// The functions of the program on the stack, the throwing one first.
  var projectFunctions: [String] {
    symbolicator.resolve(stack).filter(\.isProject).compactMap(\.function)
  }
}
