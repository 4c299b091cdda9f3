// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SpoorStacks

extension ThrowTests {
  private func failure() throws -> CapturedFailure {
    StackCapture.install(.init(mode: .always))
    do { try Thrower.rethrowing(Thrower.untyped) } catch { return CapturedFailure(error) }
    throw PlainError()
  }

  @Test("a stack's text is a line per frame of the program; other frames are folded into a count")
  func textFoldsForeignFrames() throws {
    let lines = symbolicator.text(try failure().stack).split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("static Thrower.untyped() at Throwers.swift:") == true, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("static Thrower.rethrowing(_:) at Throwers.swift:") }, "\(lines)")
    #expect(lines.last?.firstMatch(of: #/^… \d+ frames of /#) != nil, "\(lines)")
  }

  @Test("every frame has its image's build id and an offset, in every detail", arguments: NameDetail.allCases)
  func buildIDIsAlwaysThere(detail: NameDetail) throws {
    let frames = Symbolicator(detail: detail).resolve(try failure().stack)
    #expect(frames.allSatisfy { $0.buildID?.isEmpty == false && $0.offset > 0 })
    #expect(frames.contains { $0.function == "static Thrower.untyped()" } == (detail > .off))
    #expect(frames.contains { $0.line != nil } == (detail >= .lines))
  }

  @Test("a first request with less detail does not prevent a later one with more")
  func moreDetailIsLookedUp() throws {
    let stack = try failure().stack
    let own = Symbolicator()
    #expect(own.resolve(stack, detail: .off).allSatisfy { $0.function == nil })
    #expect(own.resolve(stack, detail: .lines).contains { $0.line != nil })
  }

  @Test("a cache smaller than the stack gives the same frames")
  func smallCacheIsEnough() throws {
    let stack = try failure().stack
    #expect(Symbolicator(cacheLimit: 2).resolve(stack) == symbolicator.resolve(stack))
  }

  @Test("an address outside all images is a frame without a name")
  func unknownAddress() {
    let stack = CapturedStack(frames: [StackFrame(address: 0x10, isReturnAddress: true)], source: .exact)
    #expect(symbolicator.resolve(stack).map(\.text) == ["unknown+0x10"])
  }

  @Test("an address below its image's base does not overflow")
  func strangeImagesAreSafe() {
    let image = LoadedImage(base: .max, code: 0..<(.max), buildID: "00", path: "/nowhere")
    let stack = CapturedStack(
      frames: [StackFrame(address: 0, isReturnAddress: true), StackFrame(address: 9, isReturnAddress: false)],
      source: .exact)
    #expect(Symbolicator(images: LoadedImages([image]), programPath: "/nowhere").resolve(stack).count == 2)
  }

  @Test("the fingerprint depends on the type and the program's first function, not on its callers")
  func fingerprintIsStable() throws {
    let first = try failure().fingerprint(symbolicator)
    #expect(try failure().fingerprint(symbolicator) == first)
    // Without the function between the throw and the catch.
    do { try Thrower.untyped() } catch { #expect(CapturedFailure(error).fingerprint(symbolicator) == first) }
    do { try Thrower.sharedHere() } catch { #expect(CapturedFailure(error).fingerprint(symbolicator) != first) }
  }

  @Test("the fingerprint is the same with lines, with names alone, and with an empty cache")
  func fingerprintDoesNotDependOnNames() throws {
    let failure = try failure()
    let prints = NameDetail.allCases.filter { $0 > .off }.map { failure.fingerprint(Symbolicator(detail: $0)) }
    #expect(Set(prints + [failure.fingerprint(symbolicator)]).count == 1)
    #expect(symbolicator.place(of: failure.stack) == "SpoorStacksTests.static Thrower.untyped()")
  }

  @Test("the fingerprint of an error includes where its causes were thrown")
  func fingerprintIncludesCauses() {
    func wrapped(_ body: () throws -> Void) -> Fingerprint? {
      do { try withErrorContext("while wrapping", body) } catch {
        return CapturedFailure(error).fingerprint(symbolicator)
      }
      return nil
    }
    let one = wrapped(Thrower.untyped)
    #expect(one != nil)
    #expect(one == wrapped(Thrower.untyped))
    #expect(one != wrapped { try Thrower.sharedHere() })
  }

  @Test("the fingerprint is the same number in each run")
  func fingerprintIsTheSameInEachRun() {
    let fingerprint = Fingerprint(type: "App.Timeout", places: ["App.Client.charge(_:)", "App.Shop.order(_:)"])
    // Computed by another program.
    #expect(fingerprint.description == "75c0ed6a07108eec")
    #expect(fingerprint != Fingerprint(type: "App.Refused", places: ["App.Client.charge(_:)", "App.Shop.order(_:)"]))
    #expect(fingerprint != Fingerprint(type: "App.Timeout", places: ["App.Client.charge(_:)"]))
  }

  @Test("without names the fingerprint distinguishes the places of one build")
  func fingerprintWithoutNames() throws {
    let off = Symbolicator(detail: .off)
    let first = try failure().fingerprint(off)
    #expect(try failure().fingerprint(off) == first)
    do { try Thrower.sharedHere() } catch { #expect(CapturedFailure(error).fingerprint(off) != first) }
  }

  @Test("an unknown frame is an offset and a build ID, and has a name after a stack was resolved")
  func knownFramesAreNotRead() throws {
    let stack = try failure().stack
    let own = Symbolicator()
    #expect(!own.knows(stack))
    let lines = own.knownText(stack).split(separator: "\n")
    #expect(lines.count == stack.frames.count)
    #expect(lines.allSatisfy { $0.wholeMatch(of: /.+\+0x[0-9a-f]+ \(build [0-9a-f]+\)/) != nil }, "\(lines)")
    let text = own.text(stack)
    #expect(own.knows(stack))
    #expect(own.knownText(stack) == text)
  }

  @Test(
    "the module is read from the mangled name",
    arguments: [
      ("$s16SpoorStacksTests6ClientV6charge_2toS2i_SStKF", "SpoorStacksTests"),
      ("$sSS16SpoorStacksTestsE3extyyKF", "SpoorStacksTests"), ("$sSlsE3mapySayqd__G", "Swift"),
      ("$ss27withTaskCancellationHandler", "Swift"), ("$sScTss5NeverORs_rlE5value", "_Concurrency"),
      ("_ZN5swift4walkEv", nil), ("main", nil), ("$s99short", nil), ("$s", nil),
    ] as [(String, String?)])
  func moduleIsRead(mangled: String, module: String?) {
    let symbol = RawSymbol(
      name: "", mangledName: mangled, file: nil, line: nil, isInlined: false, isThunk: false, isRuntimeFailure: false)
    #expect(symbol.module == module)
  }
}
