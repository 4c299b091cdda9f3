// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Tracing

@testable import SpoorBase

/// Types for which an assumption does not hold.
private struct TwoFields {
  var entries: [String: SpanAttribute] = [:]
  var count = 0
}

private struct OtherValues { var entries: [String: Int] = [:] }

private struct WithoutFields {}

private final class Thing: Sendable {}

/// Eight bytes, neither trivial nor the address of an object: spare bits decide which of two objects it holds.
private enum Either {
  case left(Thing)
  case right(Thing)
}

@Suite("The memory of others' types") struct RuntimeShortcutsTests {
  @Test(
    "is read unless SPOOR_RUNTIME_SHORTCUTS is 0 or false",
    arguments: [(nil, true), ("1", true), ("", true), ("yes", true), ("0", false), ("false", false), ("FALSE", false)]
      as [(String?, Bool)])
  func theSwitch(value: String?, isAllowed: Bool) {
    #expect(RuntimeShortcuts.allows(value) == isAllowed)
  }

  @Test("is read in this run if it is allowed, and nowhere if it is not")
  func whichWayIsTaken() {
    let environment = ProcessInfo.processInfo.environment[RuntimeShortcuts.variable]
    #expect(RuntimeShortcuts.areAllowed == RuntimeShortcuts.allows(environment))
    let answers = [
      SpanAttributesMemory.isReadable, ServiceContextMemory.isReadable, ContextWord.isReadable,
      DictionaryMemory<Int>.isReadable(values: { $0 }, in: { $0 }, isSame: ==), ErrorWord.isLayoutKnown,
    ]
    // With a newer compiler a self-check may fail, which must not break anything.
    if RuntimeShortcuts.areAllowed && !RuntimeShortcuts.isCompilerKnown { return }
    #expect(answers == answers.map { _ in RuntimeShortcuts.areAllowed })
  }

  @Test("is not read if shortcuts are not allowed")
  func noSelfCheckRuns() {
    var hasRun = false
    _ = RuntimeShortcuts.hold {
      hasRun = true
      return true
    }
    #expect(hasRun == RuntimeShortcuts.areAllowed)
    #expect(!RuntimeShortcuts.hold { false })
  }

  @Test("A dictionary's self-check fails if entries differ or are elsewhere in memory")
  func dictionaries() {
    typealias Memory = DictionaryMemory<Int>
    #expect(Memory.holds(values: { $0 }, in: { $0 }, isSame: ==))
    #expect(!Memory.holds(values: { $0 }, in: { $0 }, isSame: { _, _ in false }))
    // An array's count has the offset of a dictionary's, but its capacity has another one.
    #expect(!Memory.holds(values: { $0 }, in: { Array($0.values) }, isSame: ==))
    // Keys of another size, and a table of another size.
    #expect(!Memory.holds(values: { $0 }, in: { Dictionary(uniqueKeysWithValues: $0.map { ($1, $1) }) }, isSame: ==))
    #expect(!Memory.holds(values: { $0 }, in: { Set($0.keys) }, isSame: ==))
    #expect(!Memory.holds(values: { $0 }, in: { _ in TwoFields() }, isSame: ==))
    #expect(!Memory.holds(values: { $0 }, in: { $0.mapValues { $0 + 1 } }, isSame: ==))
  }

  @Test("A struct around a dictionary is recognised by its only field's type")
  func wrappers() {
    typealias Value = SpanAttribute
    #expect(WrappedDictionary<SpanAttributes, String, Value>.holds(for: SpanAttributes([:])))
    #expect(!WrappedDictionary<SpanAttributes, String, Int>.holds(for: SpanAttributes([:])))
    #expect(!WrappedDictionary<TwoFields, String, Value>.holds(for: TwoFields()))
    #expect(!WrappedDictionary<OtherValues, String, Value>.holds(for: OtherValues()))
    #expect(!WrappedDictionary<WithoutFields, String, Value>.holds(for: WithoutFields()))
    #expect(!WrappedDictionary<[String: Value], String, Value>.holds(for: [:]))
  }

  @Test("Bits are read only if each value is the same in them")
  func bits() {
    #expect(areBitsReadable(["short", "a text that has memory of its own"], isSame: ==))
    #expect(!areBitsReadable(["short"], isSame: { _, _ in false }))
  }

  @Test("An object is found in the first word of what holds any value, and only there")
  func existentials() {
    let thing = Thing()
    #expect(ExistentialMemory.holds(for: thing))
    #expect(!ExistentialMemory.holds(for: (0, thing), thing))
    #expect(!ExistentialMemory.holds(for: UInt8(1), thing))
    #expect(!ExistentialMemory.holds(for: Thing(), thing))
  }

  @Test("A word is an object's address only if the object's reference count rises with copies")
  func words() {
    #expect(ObjectWord.holds { Thing() })
    #expect(ObjectWord.holds { ["key": Thing()] })
    #expect(ObjectWord.holds { URLError(.badURL) as any Error })
    // Eight bytes that are not an address, and an address that is not the object's.
    var number = 1 << 20
    #expect(
      !ObjectWord.holds {
        number += 16
        return number
      })
    #expect(!ObjectWord.holds { Either.right(Thing()) })
    #expect(!ObjectWord.holds { (Thing(), Thing()) })
    #expect(!ObjectWord.holds { UInt32(7) })
    // One object for all values cannot be distinguished from a constant.
    let thing = Thing()
    #expect(!ObjectWord.holds { thing })
    #expect(!ObjectWord.holds { Optional<Thing>.none })
  }

  @Test("An error in a box counts as found only if it is the same one")
  func boxedErrors() {
    guard ErrorWord.isLayoutKnown else { return }
    #expect(ErrorWord.holds(boxing: URLError(.badURL), isSame: { ($0 as? URLError)?.code == .badURL }))
    #expect(!ErrorWord.holds(boxing: URLError(.badURL), isSame: { _ in false }))
  }
}
