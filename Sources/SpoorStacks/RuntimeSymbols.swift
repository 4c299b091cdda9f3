// The one file that uses what Swift's `Runtime` module keeps for its own backtracer (SPI of Swift 6.2 and later). Without
// it there are names only (``DynamicSymbols``).
#if os(Linux) && canImport(Runtime)
  @_spi(Internal) internal import Runtime

  /// Names, files, lines and inlined functions out of the debug information of given images.
  ///
  /// The runtime keeps what it has read of a file for the whole process, and a second list of images no longer finds the
  /// names in files without debug information (seen with Swift 6.3.1). So there is one list for this process
  /// (``own``), made anew only when a library was opened; and only one thread at a time is let in.
  struct RuntimeSymbols: Sendable {
    private let images: ImageMap

    /// Of what this process had loaded when somebody first asked: takes about 0.2 ms.
    static let own = RuntimeSymbols()

    /// Of what this process has loaded now.
    init() { images = ImageMap.capture() }

    /// Of images wherever they were loaded, read from the files at their paths. Nil if the runtime does not take them.
    init?(images: [LoadedImage]) {
      guard let map = ImageMap(compactImageMapData: CompactImageMap.encode(images)) else { return nil }
      self.images = map
    }

    /// What stands for an address, innermost first; nil if its image is not known.
    ///
    /// With lines, the first address takes milliseconds, while debug information is read, and others some 40 µs; without,
    /// 1 to 2 µs.
    func symbols(at frame: StackFrame, withLines: Bool, waits: Bool = true) -> [RawSymbol]? {
      let address = UInt(frame.address)
      let rich: RichFrame<UInt> = frame.isReturnAddress ? .returnAddress(address) : .asyncResumePoint(address)
      let trace = Backtrace(architecture: Self.architecture, frames: [rich], images: images)
      let options: Backtrace.SymbolicationOptions = withLines ? .default : .useSymbolCache
      // Who is in a hurry does not wait for somebody who reads debug information.
      let work = { (count: inout Int) -> SymbolicatedBacktrace? in
        count &+= 1
        return trace.symbolicated(with: images, options: options)
      }
      let result = waits ? Self.gate.withLock(work) : Self.gate.withLockIfFree(work).flatMap { $0 }
      guard let symbolicated = result else { return nil }
      let symbols = symbolicated.frames.compactMap { frame in frame.symbol.map { Self.symbol($0, of: frame) } }
      return symbols.isEmpty ? nil : symbols
    }

    private static func symbol(
      _ symbol: SymbolicatedBacktrace.Symbol, of frame: SymbolicatedBacktrace.Frame
    ) -> RawSymbol {
      // Line 0 and this path are the compiler's way to say that no line of the program stands behind the code.
      let location = symbol.sourceLocation.flatMap {
        $0.line > 0 && !$0.path.hasSuffix("<compiler-generated>") ? $0 : nil
      }
      let name = RawSymbol.withoutOptimizerMarks(symbol.name)
      return RawSymbol(
        name: name, mangledName: symbol.rawName, file: location?.path, line: location?.line,
        isInlined: frame.inlined,
        isThunk: location == nil && !frame.isSwiftRuntimeFailure
          && (frame.isSwiftThunk || frame.inlined || RawSymbol.passesOn(name)),
        isRuntimeFailure: frame.isSwiftRuntimeFailure)
    }

    /// Counts who came through. (A lock around nothing would do, but ThreadSanitizer takes a value of no size for the
    /// lock's own word.)
    private static let gate = FutexLock(0)

    #if arch(x86_64)
      private static let architecture = "x86_64"
    #elseif arch(arm64)
      private static let architecture = "arm64"
    #else
      private static let architecture = "unknown"
    #endif
  }
#else
  /// Nothing: names are the dynamic linker's.
  struct RuntimeSymbols: Sendable {
    static let own = RuntimeSymbols()
    init() {}
    init?(images: [LoadedImage]) { nil }
    func symbols(at frame: StackFrame, withLines: Bool, waits: Bool = true) -> [RawSymbol]? { nil }
  }
#endif
