// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorStacks
import Testing

/// The runtime's variable that holds the hook, and a hook of the tests.
@safe
private struct RuntimeHook {
  typealias Handler = @convention(c) (UnsafeMutableRawPointer) -> Void
  private let variable: UnsafeMutablePointer<Handler?>

  init() throws {
    let symbol = unsafe dlsym(nil, "_swift_willThrow")
    unsafe variable = try #require(symbol).assumingMemoryBound(to: Handler?.self)
  }

  /// Only the serialized tests that use it throw; throws of others do no harm.
  var handler: Handler? {
    get { unsafe variable.pointee }
    nonmutating set { unsafe variable.pointee = newValue }
  }
}

private let foreignCalls = Counter()
nonisolated(unsafe) private var behind: RuntimeHook.Handler?

extension ThrowTests {
  @Test("a previous hook is still called, and is restored by uninstalling")
  func formerHookIsCalled() throws {
    StackCapture.uninstall()
    let hook = try RuntimeHook()
    let original = unsafe hook.handler
    unsafe behind = original
    unsafe hook.handler = { error in
      foreignCalls.add(1)
      unsafe behind?(error)
    }
    defer { unsafe hook.handler = original }

    StackCapture.install(.init(mode: .always))
    let before = foreignCalls.value
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).stackSource == .exact) }
    #expect(foreignCalls.value > before)

    StackCapture.uninstall()
    let between = foreignCalls.value
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).stackSource == .catchSite) }
    #expect(foreignCalls.value > between)
  }

  @Test("a later hook stays installed and still calls Spoor's hook, which is switched off")
  func laterHookStays() throws {
    StackCapture.install(.init(mode: .always))
    let hook = try RuntimeHook()
    let spoors = unsafe hook.handler
    unsafe behind = spoors
    unsafe hook.handler = { error in
      foreignCalls.add(1)
      unsafe behind?(error)
    }
    StackCapture.uninstall()
    let before = foreignCalls.value
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).stackSource == .catchSite) }
    #expect(foreignCalls.value > before)

    StackCapture.install(.init(mode: .always))
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).stackSource == .exact) }
    unsafe hook.handler = spoors
    StackCapture.uninstall()
  }

  @Test("Swift Testing still knows where a test's error was thrown")
  func swiftTestingIsUndisturbed() throws {
    StackCapture.install(.init(mode: .always))
    try withKnownIssue {
      try Thrower.untyped()
    } matching: { issue in
      issue.error is PlainError && Symbolicator().text(Self.stack(of: issue)).contains("Thrower.untyped")
    }
  }

  /// The stack of the throw in Swift Testing's issue. It is not public, so it is found by its name.
  private static func stack(of issue: Issue) -> CapturedStack {
    func child(_ name: String, of value: Any) -> Any? {
      let mirror = Mirror(reflecting: value)
      // An optional has its value as its only child.
      let unwrapped =
        mirror.displayStyle == .optional ? mirror.children.first.map { Mirror(reflecting: $0.value) } : mirror
      return unwrapped?.children.first { $0.label == name }?.value
    }
    let backtrace = child("sourceContext", of: issue).flatMap { child("backtrace", of: $0) }
    let addresses = backtrace.flatMap { child("addresses", of: $0) as? [UInt64] } ?? []
    return CapturedStack(frames: addresses.map { StackFrame(address: $0, isReturnAddress: true) }, source: .exact)
  }
}
