import Foundation
import SpoorStacks
import Testing

/// The runtime's variable that holds the hook, and a hook of the tests' own.
@safe
private struct RuntimeHook {
  typealias Handler = @convention(c) (UnsafeMutableRawPointer) -> Void
  private let variable: UnsafeMutablePointer<Handler?>

  init() throws {
    let symbol = unsafe dlsym(nil, "_swift_willThrow")
    unsafe variable = try #require(symbol).assumingMemoryBound(to: Handler?.self)
  }

  /// The tests that use it are the only ones that throw meanwhile, as far as they are serialized; others do no harm.
  var handler: Handler? {
    get { unsafe variable.pointee }
    nonmutating set { unsafe variable.pointee = newValue }
  }
}

private let foreignCalls = Counter()
nonisolated(unsafe) private var behind: RuntimeHook.Handler?

extension ThrowTests {
  @Test("a hook that was there before is called still, and is back after uninstalling")
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

  @Test("a hook that came later stays in place, and calls on into one that is switched off")
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

  @Test("Swift Testing still knows where an error of a test was thrown")
  func swiftTestingIsUndisturbed() throws {
    StackCapture.install(.init(mode: .always))
    try withKnownIssue {
      try Thrower.untyped()
    } matching: { issue in
      issue.error is PlainError
    }
  }
}
