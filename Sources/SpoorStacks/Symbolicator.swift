/// Makes functions, files and lines of a stack's addresses.
///
/// For the threads that write logs and ship spans: the first address takes milliseconds, later ones some 40 µs, and one
/// seen before next to nothing. It never runs by itself, and never on the thread that throws. Any thread may use it; they
/// wait for each other.
public final class Symbolicator: Sendable {
  /// How much is looked up.
  public enum Detail: Int, Sendable, Hashable, Comparable {
    /// Build ids and offsets only: under a microsecond.
    case addresses = 0
    /// And names: 1 to 2 µs an address.
    case names = 1
    /// And files, lines and inlined functions: some 40 µs an address, and milliseconds for the first.
    case lines = 2

    /// Less detail is smaller.
    public static func < (left: Detail, right: Detail) -> Bool { left.rawValue < right.rawValue }
  }

  /// Addresses remembered by default: 4 096, some 2 MB.
  public static let defaultCacheLimit = 4096

  private let state: FutexLock<SymbolicatorState>

  /// Of this process's addresses.
  ///
  /// - Parameter cacheLimit: addresses remembered; beyond it the memory starts over.
  public convenience init(cacheLimit: Int = defaultCacheLimit) { self.init(cacheLimit: cacheLimit, waits: true) }

  /// - Parameter waits: whether it waits for others who read debug information; else it does without names then.
  package init(cacheLimit: Int, waits: Bool) {
    state = FutexLock(SymbolicatorState(ownImages: .current(), cacheLimit: cacheLimit, waits: waits))
  }

  /// Of another process's addresses, dead perhaps: each image is read from the file at its path, if that still is the
  /// very build (the build id tells); otherwise its frames have the build id and the offset only.
  ///
  /// - Parameters:
  ///   - images: as that process had them; the program itself is the one at `programPath`.
  ///   - programPath: tells the program's own frames from libraries'.
  public init(images: LoadedImages, programPath: String, cacheLimit: Int = defaultCacheLimit) {
    state = FutexLock(SymbolicatorState(foreignImages: images, programPath: programPath, cacheLimit: cacheLimit))
  }

  /// The functions that stand for a stack's addresses, nearest to the throw first. Thunks of the compiler are left out.
  public func resolve(_ stack: CapturedStack, detail: Detail = .lines) -> [ResolvedFrame] {
    let frames = state.withLock { state in stack.frames.flatMap { state.resolve($0, detail: detail) } }
    var result: [ResolvedFrame] = []
    for frame in frames {
      // A function that the optimizer cut in two calls its other half: one function, and the place is the half's.
      if frame.line == nil, let last = result.last, let function = frame.function, last.function == function,
        last.image == frame.image
      {
        continue
      }
      result.append(frame)
    }
    return result
  }

  /// The stack as text, a line per frame of the program; runs of others are one line with their number.
  ///
  /// ```
  /// PaymentClient.charge(_:) at PaymentClient.swift:42
  /// closure #1 in Checkout.place(_:) at Checkout.swift:17
  /// … 5 frames of libswift_Concurrency.so
  /// ```
  public func text(_ stack: CapturedStack, detail: Detail = .lines) -> String {
    StackText.text(of: resolve(stack, detail: detail))
  }

  /// The same of a stack as a span keeps it: the places of the calls themselves, innermost first.
  package func text(_ addresses: [UInt64]) -> String {
    text(
      CapturedStack(frames: addresses.map { StackFrame(address: $0, isReturnAddress: false) }, source: .exact))
  }
}
