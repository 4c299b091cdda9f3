// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorBase
import SpoorJournal
import SpoorTestSupport
import Testing
import Tracing

@testable import SpoorTracing

@Suite("Attributes set through the standard API's dictionary") struct AttributeTests {
  @Test("are read in the memory of SpanAttributes, with the swift-distributed-tracing of this build")
  func theDictionaryIsReadable() {
    #expect(AttributeStorage.isReadable == RuntimeShortcuts.areAllowed)
  }

  @Test("have dictionaries that later spans reuse empty, also with more threads than own places")
  func emptiedDictionaries() {
    let emptied = EmptiedAttributes()
    let finished = DispatchGroup()
    for thread in 0..<100 {
      finished.enter()
      Thread.detachNewThread {
        for turn in 0..<200 {
          var held = (0..<turn % 7).map { _ in emptied.take() }
          #expect(held.allSatisfy { $0.isEmpty })
          for index in held.indices { held[index]["of \(thread)"] = "\(turn)" }
          while let attributes = held.popLast() {
            #expect(attributes.count == 1)
            emptied.give(attributes)
          }
        }
        finished.leave()
      }
    }
    finished.wait()
  }

  /// The recorded form of a value of each type.
  private static func value(_ random: inout SeededGenerator) -> (SpanAttribute, String) {
    let number = Int.random(in: 0..<3, using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return (.int64(Int64(number)), "\(number)")
    case 1: return (.int32(Int32(number)), "\(number)")
    case 2: return (.double(Double(number) + 0.5), "\(Double(number) + 0.5)")
    case 3: return (.bool(number > 0), "\(number > 0)")
    case 4: return (.stringArray(["a", "b\(number)"]), "a,b\(number)")
    case 5: return (.int64Array([1, Int64(number)]), "1,\(number)")
    case 6: return (.stringConvertible(number), "\(number)")
    default:
      let text = String(repeating: "t", count: Int.random(in: 0..<40, using: &random)) + "\(number)"
      return (.string(text), text)
    }
  }

  @Test("are recorded as the user set them, however many change in one access and in which order")
  func severalChangesInOneAccess() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<100 {
      let bench = try Bench()
      var expected: [String: String] = [:]
      let span = try bench.one { span in
        for _ in 0..<60 {
          span.updateAttributes { attributes in
            for _ in 0..<Int.random(in: 1..<4, using: &random) {
              let key = "key\(Int.random(in: 0..<20, using: &random))"
              if Int.random(in: 0..<4, using: &random) == 0 {
                attributes[key] = nil
                expected[key] = nil
              } else {
                let (value, text) = Self.value(&random)
                attributes.set(key, value: value)
                expected[key] = text
              }
            }
          }
        }
      }
      #expect(span.attributes == expected)
    }
  }

  @Test("are recorded as the user set them if they are many, and new objects lie where old ones did")
  func manyAttributes() throws {
    var random = SeededGenerator(seed: 12)
    for turn in 0..<20 {
      let bench = try Bench(limits: SpanLimits(attributes: 400))
      var expected: [String: String] = [:]
      var copies: [SpanAttributes] = []
      let span = try bench.one { span in
        for step in 0..<600 {
          span.updateAttributes { attributes in
            for _ in 0..<Int.random(in: 1..<3, using: &random) {
              // Texts of one length, so that the memory of a freed one is used again, and numbers.
              let key = "a key that is an object \(Int.random(in: 100..<(turn % 2 == 0 ? 180 : 400), using: &random))"
              switch Int.random(in: 0..<10, using: &random) {
              case 0:
                attributes[key] = nil
                expected[key] = nil
              case 1..<4:
                attributes[key] = step
                expected[key] = "\(step)"
              default:
                let text = "a text that is an object \(Int.random(in: 100..<999, using: &random))"
                attributes[key] = text
                expected[key] = text
              }
            }
          }
          // A copy makes the next change copy the dictionary.
          if Int.random(in: 0..<50, using: &random) == 0 { copies.append(span.attributes) }
        }
      }
      #expect(span.attributes == expected)
    }
  }

  @Test("are recorded if one takes the bucket of one that was removed, in the same access")
  func exchangedBuckets() throws {
    var random = SeededGenerator(seed: 13)
    for _ in 0..<20 {
      let bench = try Bench()
      var expected: [String: String] = [:]
      let span = try bench.one { span in
        for number in 0..<12 { span.attributes["key\(number)"] = "value \(number)" }
        for number in 0..<12 { expected["key\(number)"] = "value \(number)" }
        for step in 0..<100 {
          span.updateAttributes { attributes in
            let key = "key\(Int.random(in: 0..<12, using: &random))"
            let value = attributes.get(key)
            attributes[key] = nil
            attributes["new\(step)"] = step
            attributes.set(key, value: value)
          }
          expected["new\(step)"] = "\(step)"
        }
      }
      #expect(span.attributes == expected)
    }
  }

  @Test("are both written if one is changed and one is new in the same access")
  func oneChangedAndOneNew() throws {
    let bench = try Bench()
    let span = try bench.one { span in
      span.attributes["a"] = "old"
      span.attributes.merge(["a": "new", "b": "too"])
      span.updateAttributes { attributes in
        attributes["b"] = nil
        attributes["c"] = "in its place"
      }
    }
    #expect(span.attributes == ["a": "new", "c": "in its place"])
  }

  @Test("that were redacted or cut stay so while others are set, and can still be changed")
  func redactedOnes() throws {
    let bench = try Bench(limits: SpanLimits(valueBytes: 64))
    let span = try bench.one { span in
      span.attributes["password"] = "hunter2"
      span.attributes["url.full"] = "https://ann:pw@example.org/?q=1"
      span.attributes["url.path"] = "/orders/7"
      span.attributes["long"] = String(repeating: "x", count: 72)
      for number in 0..<20 { span.attributes["key\(number)"] = number }
      span.attributes["url.path"] = "/orders/7?token=s3cret"
      for number in 0..<20 { span.attributes["key\(number)"] = nil }
    }
    #expect(
      span.attributes == [
        "password": "[redacted]", "url.full": "https://[redacted]@example.org/?q=1",
        "url.path": "/orders/7?token=[redacted]", "long": String(repeating: "x", count: 64) + "…(8 bytes more)",
      ])
  }

  @Test("that other threads set at the same time are kept", arguments: [2, 8])
  func severalThreads(threads: Int) async throws {
    let expected = Dictionary(
      uniqueKeysWithValues: (0..<threads).flatMap { [("thread \($0)", "49"), ("first \($0)", "0")] })
    for _ in 0..<100 {  // Many: what goes wrong needs a thread to be stopped with its dictionary in hand.
      let bench = try Bench()
      await bench.tracer.withSpan("shared") { span in
        await withTaskGroup(of: Void.self) { group in
          for thread in 0..<threads {
            group.addTask {
              for turn in 0..<50 {
                span.attributes["thread \(thread)"] = turn
                span.attributes["first \(thread)"] = 0
              }
            }
          }
        }
      }
      try #require(bench.finished().first?.attributes == expected)
    }
  }

  @Test("of an ended span do not appear in another span, and copies of them stay intact", arguments: [true, false])
  func emptiedDictionaries(isSampled: Bool) throws {
    let bench = try Bench(sampler: isSampled ? AlwaysSampler() as any Sampler : NeverSampler())
    var copies: [SpanAttributes] = []
    for number in 0..<20 {
      bench.tracer.withSpan("test") { span in
        #expect(span.attributes.isEmpty)
        for key in 0...number {
          span.updateAttributes { attributes in
            attributes["key \(key)"] = "a value that has memory of its own: \(number)"
            if number % 3 == 0 { copies.append(attributes) }
          }
        }
        if number % 3 == 1 { copies.append(span.attributes) }
      }
      #expect(bench.finished().first?.attributes.count == (isSampled ? number + 1 : nil))
    }
    for copy in copies {
      var numbers: Set<String> = []
      copy.forEach { _, value in numbers.insert("\(value)") }
      #expect(numbers.count == (copy.isEmpty ? 0 : 1))
    }
    #expect(copies.contains { $0.count == (isSampled ? 19 : 1) })
  }

  @Test("and attributes set directly can alternate: the last value of each key counts")
  func bothWays() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<50 {
      let bench = try Bench(limits: SpanLimits(attributes: 12))
      var expected: [String: String] = [:]
      let span = try bench.one { span in
        for _ in 0..<60 {
          let key = "key\(Int.random(in: 0..<12, using: &random))"
          let number = Int.random(in: 0..<1000, using: &random)
          switch Int.random(in: 0..<6, using: &random) {
          case 0: span.attributes[key] = number
          case 1: span.attributes[key] = "\(number)"
          case 2: span.setAttribute(key, number)
          case 3: span.setAttribute(key, "\(number)")
          case 4: span.attributes[key] = nil
          default: span.setAttribute(key, String(repeating: "t", count: number % 60) + "\(number)")
          }
          expected[key] = span.attributes.get(key).map { value in
            switch value {
            case .string(let text): text
            case .int64(let number): "\(number)"
            default: "?"
            }
          }
          if let text = expected[key] { #expect(text.hasSuffix("\(number)")) }
        }
      }
      #expect(span.attributes == expected)
      #expect(span.dropped.attributes == 0)
    }
  }
}
