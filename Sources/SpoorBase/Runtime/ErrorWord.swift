// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Assumes that an `any Error` is one word, the address of the error's box, and that C finds an error inside a box of
/// generic code (`error_layout.h`).
///
/// The self-check only decides about the second assumption; the first is part of Swift's ABI.
package enum ErrorWord {
  /// The address of the error's box. An `any Error` is one word in Swift's ABI; the box lives as long as `error` does.
  package static func of(_ error: any Error) -> UnsafeRawPointer {
    // `as any Error`, because otherwise the value would be opened and cast instead of its box.
    unsafe unsafeBitCast(error as any Error, to: UnsafeRawPointer.self)
  }

  /// Unwraps an error.
  ///
  /// Generic code whose error type is `any Error` (a continuation, an `AsyncThrowingStream`) puts the box of the
  /// error into a second box, whose dynamic type is `any Error` itself. Its type, its message and its causes are
  /// those of the innermost error; at most eight boxes are opened.
  package static func unwrapped(_ error: any Error) -> any Error {
    var holder: UnsafeRawPointer?
    _ = unsafe spoor_error_unwrap(of(error), &holder)
    // The holder is memory of the outer box, which lives as long as `error`, and its value is an `any Error`.
    return withExtendedLifetime(error) { unsafe holder?.load(as: (any Error).self) } ?? error
  }

  /// The name of a type with its module, by the address of its metadata, which the throw hook gets. A metatype is that
  /// one word in Swift's ABI.
  package static func typeName(_ metadata: UnsafeRawPointer) -> String {
    unsafe String(reflecting: unsafeBitCast(metadata, to: Any.Type.self))
  }

  /// Whether errors and their types are in memory as C assumes. It is checked once, with errors of Spoor's own.
  package static let isLayoutKnown: Bool = {
    let isKnown = RuntimeShortcuts.hold {
      spoor_error_trust_layout(true)
      return holds(boxing: Sample.second, isSame: { $0 as? Sample == .second })
    }
    spoor_error_trust_layout(isKnown)
    return isKnown
  }()

  /// Whether C finds an error in the box that generic code puts around it.
  static func holds(boxing inner: any Error, isSame: (any Error) -> Bool) -> Bool {
    let boxes: [any Boxing] = [Boxed(), Box()]
    var holder: UnsafeRawPointer?
    return boxes.allSatisfy { box in
      let outer = box.box(inner, as: (any Error).self)
      let found = unsafe spoor_error_unwrap(of(outer), &holder)
      return withExtendedLifetime(outer) { unsafe found == of(inner) } && isSame(unwrapped(outer))
    }
  }

  private enum Sample: Error {
    case first, second
  }

  /// Puts an error into a box as generic code does. It is called through its protocol, so that the optimizer does not
  /// know the type.
  private protocol Boxing {
    func box<Failure: Error>(_ error: Failure, as type: Failure.Type) -> any Error
  }
  private struct Box: Boxing {
    @inline(never) func box<Failure: Error>(_ error: Failure, as type: Failure.Type) -> any Error { error }
  }
  private struct Boxed: Boxing {
    @inline(never) func box<Failure: Error>(_ error: Failure, as type: Failure.Type) -> any Error {
      Box().box(error, as: type)
    }
  }
}
