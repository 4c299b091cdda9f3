// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorExport
import Testing

@Suite("Signals on the sending thread")
struct SignalMaskTests {
  @Test("Writing to a closed connection is an error and does not end the process")
  func brokenPipe() async {
    let code: Int32 = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        SignalMask.blockWriteSignals()
        var ends: [Int32] = [0, 0]
        unsafe pipe(&ends)
        close(ends[0])
        let written = unsafe write(ends[1], "x", 1)
        let code = errno
        close(ends[1])
        continuation.resume(returning: written < 0 ? code : 0)
      }
    }
    #expect(code == EPIPE)
  }

  /// A signal must not stay pending either if the service blocks it itself, because it would end the process once it is
  /// unblocked.
  @Test(
    "A signal raised by a write is discarded, whether the thread blocked it before or not", arguments: [false, true])
  func nothingStaysPending(isBlocked: Bool) async {
    let isPending: Bool = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        if isBlocked { SignalMask.blockWriteSignals() }
        var ends: [Int32] = [0, 0]
        unsafe pipe(&ends)
        close(ends[0])
        let written = SignalMask.withoutWriteSignals { unsafe write(ends[1], "x", 1) }
        close(ends[1])
        var pending = sigset_t()
        unsafe sigpending(&pending)
        continuation.resume(returning: unsafe written == -1 && sigismember(&pending, SIGPIPE) == 1)
      }
    }
    #expect(!isPending)
  }
}
