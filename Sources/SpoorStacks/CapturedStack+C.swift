internal import CSpoor

extension CapturedStack {
  /// The stack as the C walk left it.
  init(_ stack: spoor_stack, source: StackSource) {
    let asyncStart = Int(stack.async_start)
    let frames = unsafe withUnsafeBytes(of: stack.frames) { bytes in
      // `count` is at most the array's length: the walk's own bound.
      unsafe bytes.bindMemory(to: UInt64.self).prefix(Int(stack.count)).enumerated().map { index, address in
        StackFrame(address: address, isReturnAddress: index < asyncStart)
      }
    }
    self.init(frames: frames, source: source)
  }

  /// The stack of the caller.
  @inline(never)
  static func ofCaller() -> CapturedStack {
    var stack = spoor_stack()
    unsafe spoor_stack_capture(&stack)
    return CapturedStack(stack, source: .catchSite)
  }
}
