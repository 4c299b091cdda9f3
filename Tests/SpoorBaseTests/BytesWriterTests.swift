// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorBase

@Suite("Bytes that are written into reserved room") struct BytesWriterTests {
  @Test("fit if the room has exactly their size", arguments: [0, 7, -1, .max, .min] as [Int64])
  func numbers(value: Int64) {
    var bytes = GrowingBytes(capacity: 16)
    bytes.appendDecimal(value)
    bytes.appendHex(UInt64(bitPattern: value))
    #expect(String(decoding: bytes.array(), as: UTF8.self).hasPrefix("\(value)"))
    #expect(bytes.count == "\(value)".utf8.count + 16)
  }

  #if DEBUG
    @Test("that do not fit end a debug build's process before they are written")
    func tooMany() async {
      await #expect(processExitsWith: .failure) {
        var bytes = GrowingBytes(capacity: 16)
        bytes.write(upTo: 4) { $0.append("five!") }
      }
      await #expect(processExitsWith: .failure) {
        var bytes = GrowingBytes(capacity: 16)
        bytes.write(upTo: 8) { writer in
          writer.appendInteger(UInt64(0))
          writer.appendInteger(UInt8(0))
        }
      }
    }
  #endif
}
