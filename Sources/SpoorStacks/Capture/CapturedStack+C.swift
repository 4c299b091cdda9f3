// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

extension CapturedStack {
  /// Converts the result of the C walk.
  init(_ stack: spoor_stack, source: StackSource) {
    self.init(stack.count, of: stack.frames, asyncStart: stack.async_start, source: source)
  }

  /// Converts the stack of a place where an error was rethrown.
  init(_ rethrow: spoor_rethrow, source: StackSource) {
    self.init(rethrow.count, of: rethrow.frames, asyncStart: rethrow.async_start, source: source)
  }

  /// - Parameter addresses: a C array of `UInt64` with at least `count` elements, which the walk guarantees.
  private init<Addresses>(_ count: UInt32, of addresses: Addresses, asyncStart: UInt32, source: StackSource) {
    let frames = unsafe withUnsafeBytes(of: addresses) { bytes in
      unsafe bytes.bindMemory(to: UInt64.self).prefix(Int(count)).enumerated().map { index, address in
        StackFrame(address: address, isReturnAddress: index < Int(asyncStart))
      }
    }
    self.init(frames: frames, source: source)
  }

  /// Captures the stack of the caller.
  @inline(never)
  static func ofCaller() -> CapturedStack {
    var stack = spoor_stack()
    unsafe spoor_stack_capture(&stack)
    return CapturedStack(stack, source: .catchSite)
  }
}
