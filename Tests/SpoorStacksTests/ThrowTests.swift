// SPDX-License-Identifier: Apache-2.0

import SpoorStacks
import Testing

/// Tests that change the process-wide capture; they run one after the other.
@Suite(.serialized) struct ThrowTests {}

/// Shared by all tests, so that debug information is read once.
let symbolicator = Symbolicator()

extension CapturedFailure {
  /// The program's functions on the stack, the throwing one first.
  var projectFunctions: [String] {
    symbolicator.resolve(stack).filter(\.isProject).compactMap(\.function)
  }
}
