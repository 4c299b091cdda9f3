// SPDX-License-Identifier: Apache-2.0

/// A growing list that owns its memory. Unlike an array it skips the uniqueness check at each change, which costs 15
/// ns.
@safe
struct PlainList<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {  // It is the only owner of its memory.
  private var elements: UnsafeMutablePointer<Element>
  private var room = 32
  private(set) var count = 0

  init() { unsafe elements = .allocate(capacity: room) }

  deinit { unsafe elements.deallocate() }

  subscript(index: Int) -> Element {
    @inline(__always)
    get {
      assert(index >= 0 && index < count)
      return unsafe elements[index]
    }
    @inline(__always)
    set {
      assert(index >= 0 && index < count)
      unsafe elements[index] = newValue
    }
  }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == room { grow() }
    unsafe elements[count] = element
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: room * 2)
    unsafe larger.update(from: elements, count: count)
    unsafe elements.deallocate()
    unsafe elements = larger
    room *= 2
  }

  mutating func remove(at index: Int) {
    assert(index >= 0 && index < count)
    unsafe (elements + index).update(from: elements + index + 1, count: count - index - 1)
    count -= 1
  }
}
