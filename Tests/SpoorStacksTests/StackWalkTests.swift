// SPDX-License-Identifier: Apache-2.0

import CSpoor
import SpoorTestSupport
import Testing

/// A stack of words in memory that is walked like a thread's stack.
private enum FakeStack {
  /// Consecutive frame records, `spacing` words apart; the return addresses count up from 0x1000.
  static func intact(base: UInt64, words count: Int, spacing: Int) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: count)
    for (number, index) in stride(from: 0, to: count - spacing - 1, by: spacing).enumerated() {
      words[index] = base + UInt64(index + spacing) * 8
      words[index + 1] = 0x1000 + UInt64(number)
    }
    return words
  }
}

@Suite struct StackWalkTests {
  @Test("an intact chain gives its return addresses, 256 at most", arguments: [(64, 4, 15), (2048, 4, 256)])
  func intactChain(words: Int, spacing: Int, expected: Int) {
    walk(words: words, prepare: { $0 = FakeStack.intact(base: $1, words: words, spacing: spacing) }) { stack, _ in
      #expect(Int(stack.count) == expected)
      #expect(stack.async_start == stack.count)
      #expect(frames(of: stack) == (0..<UInt64(expected)).map { 0x1000 + $0 })
    }
  }

  @Test("a chain that goes backwards ends there")
  func cycleEnds() {
    walk(words: 64) { words, base in
      words = FakeStack.intact(base: base, words: 64, spacing: 4)
      words[8] = base  // the third record points to the first
    } check: { stack, _ in
      #expect(stack.count == 3)
    }
  }

  @Test("corrupted chains never read outside the stack")
  func corruptedChains() {
    var random = SeededGenerator(seed: 7)
    for round in 0..<100_000 {
      let count = 64
      walk(words: count) { words, base in
        words = FakeStack.intact(base: base, words: count, spacing: Int.random(in: 2...9, using: &random))
        for _ in 0..<Int.random(in: 1...12, using: &random) {
          let index = Int.random(in: 0..<count, using: &random)
          switch Int.random(in: 0..<5, using: &random) {
          case 0: words[index] = .random(in: 0 ... .max, using: &random)
          case 1: words[index] = base &+ UInt64.random(in: 0..<1024, using: &random)
          case 2: words[index] |= 1 << 60  // the mark of an async frame
          case 3: words[index] = base &- UInt64.random(in: 0..<64, using: &random)
          default: words[index] = base &+ UInt64(count) * 8 &- UInt64.random(in: 0..<24, using: &random)
          }
        }
      } check: { stack, _ in
        #expect(stack.count <= 256, "round \(round)")
      }
    }
  }

  @Test("a frame pointer outside the stack gives no frames", arguments: [-8, 7, 8 * 64 - 8, 8 * 64, 1 << 40])
  func outsideIsNotRead(offset: Int) {
    walk(words: 64, offset: offset, prepare: { _, _ in }) { stack, _ in #expect(stack.count == 0) }
  }

  /// The pages around belong to the allocator; a run with AddressSanitizer finds a stray read.
  private func walk(
    words count: Int, offset: Int = 0, prepare: (inout [UInt64], UInt64) -> Void,
    check: (spoor_stack, UInt64) -> Void
  ) {
    let memory = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
    defer { unsafe memory.deallocate() }
    let base = UInt64(UInt(bitPattern: memory.baseAddress))
    var words = [UInt64](repeating: 0x55, count: count)
    prepare(&words, base)
    unsafe _ = memory.initialize(from: words)
    var stack = spoor_stack()
    unsafe spoor_stack_walk(base &+ UInt64(bitPattern: Int64(offset)), base, base + UInt64(count) * 8, &stack)
    check(stack, base)
  }

  private func frames(of stack: spoor_stack) -> [UInt64] {
    unsafe withUnsafeBytes(of: stack.frames) { unsafe Array($0.bindMemory(to: UInt64.self).prefix(Int(stack.count))) }
  }
}
