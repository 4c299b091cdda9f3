import Foundation
import SpoorExport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Signals on the sending thread")
struct SignalMaskTests {
  @Test("Writing to who has gone is an error there, and not the process's end")
  func brokenPipe() async {
    let code: Int32 = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        SignalMask.blockSIGPIPE()
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
}
