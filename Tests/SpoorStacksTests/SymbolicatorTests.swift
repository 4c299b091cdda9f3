import Testing

@testable import SpoorStacks

extension ThrowTests {
  private func failure() throws -> CapturedFailure {
    StackCapture.install(.init(mode: .always))
    do { try Thrower.rethrowing(Thrower.untyped) } catch { return CapturedFailure(error) }
    throw PlainError()
  }

  @Test("a stack's text is a line per frame of the program, the rest is folded with its number")
  func textFoldsForeignFrames() throws {
    let lines = symbolicator.text(try failure().stack).split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("static Thrower.untyped() at Throwers.swift:") == true, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("static Thrower.rethrowing(_:) at Throwers.swift:") }, "\(lines)")
    #expect(lines.last?.firstMatch(of: #/^… \d+ frames of /#) != nil, "\(lines)")
  }

  @Test("every frame has its image's build id and an offset, in every detail", arguments: [0, 1, 2])
  func buildIDIsAlwaysThere(detail: Int) throws {
    let detail = try #require(Symbolicator.Detail(rawValue: detail))
    let frames = Symbolicator().resolve(try failure().stack, detail: detail)
    #expect(frames.allSatisfy { $0.buildID?.isEmpty == false && $0.offset > 0 })
    #expect(frames.contains { $0.function == "static Thrower.untyped()" } == (detail > .addresses))
    #expect(frames.contains { $0.line != nil } == (detail == .lines))
  }

  @Test("less detail asked for first does not stand in the way of more")
  func moreDetailIsLookedUp() throws {
    let stack = try failure().stack
    let own = Symbolicator()
    #expect(own.resolve(stack, detail: .addresses).allSatisfy { $0.function == nil })
    #expect(own.resolve(stack, detail: .lines).contains { $0.line != nil })
  }

  @Test("a cache smaller than the stack gives the same frames")
  func smallCacheIsEnough() throws {
    let stack = try failure().stack
    #expect(Symbolicator(cacheLimit: 2).resolve(stack) == symbolicator.resolve(stack))
  }

  @Test("an address of nowhere is a frame without a name")
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

  @Test("the fingerprint is of the type and the program's functions, not of lines")
  func fingerprintIsStable() throws {
    let first = try failure().fingerprint(symbolicator)
    let second = try failure().fingerprint(symbolicator)
    #expect(first == second)
    do { try Thrower.untyped() } catch {
      #expect(CapturedFailure(error).fingerprint(symbolicator) != first)
    }
  }

  @Test("the fingerprint is the same number in each run")
  func fingerprintIsTheSameInEachRun() {
    func frame(_ function: String, line: Int) -> ResolvedFrame {
      ResolvedFrame(
        function: function, module: "App", file: "/a/b.swift", line: line, image: "app", buildID: "aa",
        offset: UInt64(line), isInlined: false, isProject: true)
    }
    let frames = [frame("Client.charge(_:)", line: 42), frame("Shop.order(_:)", line: 7)]
    let moved = [
      frame("Client.charge(_:)", line: 43), frame("Client.charge(_:)", line: 43), frame("Shop.order(_:)", line: 8),
    ]
    let fingerprint = Fingerprint(type: "App.Timeout", frames: frames)
    // Computed by another program.
    #expect(fingerprint.description == "75c0ed6a07108eec")
    #expect(fingerprint == Fingerprint(type: "App.Timeout", frames: moved))
    #expect(fingerprint != Fingerprint(type: "App.Refused", frames: frames))
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
