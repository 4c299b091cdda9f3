// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// Resolves the addresses of a stack to functions, files and lines.
///
/// Names are read from the files of the program and its libraries, within limits of memory (12 MiB) and processor time
/// (1 s for an address); see ``NameDetail``. The first address in a part of a large program takes milliseconds, later
/// ones microseconds, and a cached one almost nothing. Any thread may use it; threads that read files wait for each
/// other.
public final class Symbolicator: Sendable {
  /// The default number of cached addresses: 4 096, some 2 MB.
  public static let defaultCacheLimit = 4096

  /// How much is read.
  public let detail: NameDetail
  private let known: Locked<KnownFrames>
  private let isOwnProcess: Bool

  /// One reader for the whole process, because the dead processes of a service ran the same program. Its lock is held
  /// while files are read. The lock of ``known`` is not, so that a look-up in the cache waits for no file.
  private static let reader = Locked(SymbolFiles(limits: .service, programPath: LoadedImages.programPath))

  /// Creates a symbolicator for this process's addresses.
  ///
  /// - Parameters:
  ///   - detail: how much is read.
  ///   - cacheLimit: the maximum number of cached addresses; when it is reached, the cache is emptied.
  public init(detail: NameDetail = .inlined, cacheLimit: Int = defaultCacheLimit) {
    self.detail = detail
    isOwnProcess = true
    let programPath = LoadedImages.programPath ?? CommandLine.arguments.first ?? ""
    known = Locked(
      KnownFrames(images: .current(), isOwnProcess: true, programPath: programPath, cacheLimit: cacheLimit))
  }

  /// Creates a symbolicator for the addresses of another process, which may be dead. An image's file is read if it has
  /// the image's build ID; frames of other images only have the build ID and the offset.
  ///
  /// - Parameters:
  ///   - images: the images of that process; the program itself is the one at `programPath`.
  ///   - programPath: the path of the program, by which its own frames are recognised.
  ///   - detail: how much is read.
  public init(
    images: LoadedImages, programPath: String, detail: NameDetail = .inlined, cacheLimit: Int = defaultCacheLimit
  ) {
    self.detail = detail
    isOwnProcess = false
    known = Locked(
      KnownFrames(images: images, isOwnProcess: false, programPath: programPath, cacheLimit: cacheLimit))
  }

  // MARK: Reading

  /// The functions at a stack's addresses, nearest to the throw first, without the compiler's thunks.
  ///
  /// - Parameter limit: how much is read, if that is less than ``detail``.
  public func resolve(_ stack: CapturedStack, detail limit: NameDetail = .inlined) -> [ResolvedFrame] {
    let detail = min(limit, detail)
    return Self.joined(stack.frames.flatMap { resolve($0, detail: detail) })
  }

  /// The stack as text, one line per frame of the program. A run of other frames is one line with their number.
  ///
  /// ```
  /// PaymentClient.charge(_:) at PaymentClient.swift:42
  /// closure #1 in Checkout.place(_:) at Checkout.swift:17
  /// … 5 frames of libswift_Concurrency.so
  /// ```
  public func text(_ stack: CapturedStack, detail limit: NameDetail = .inlined) -> String {
    StackText.text(of: resolve(stack, detail: limit))
  }

  private func resolve(_ frame: StackFrame, detail: NameDetail) -> [ResolvedFrame] {
    enum Step { case known([ResolvedFrame]), read(LoadedImage) }
    let step: Step = known.withLock { known in
      if let frames = known.frames(of: frame, detail) { return .known(frames) }
      guard let image = known.image(at: frame.lookupAddress), detail > .off else {
        return .known(known.unnamed(frame))
      }
      return .read(image)
    }
    switch step {
    case .known(let frames): return frames
    case .read(let image):
      spoor_pace_wait_begin()
      defer { spoor_pace_wait_end() }
      let symbols = Self.reader.withLock {
        $0.symbols(at: frame.lookupAddress, in: image, detail: detail, isOwn: isOwnProcess)
      }
      return known.withLock { $0.remember(symbols, of: frame, in: image, detail) }
    }
  }

  /// Joins the frames of a function that the optimizer split in two, one calling the other: they are one function, at
  /// the place of the inner part.
  private static func joined(_ frames: [ResolvedFrame]) -> [ResolvedFrame] {
    var result: [ResolvedFrame] = []
    for frame in frames {
      if frame.line == nil, let last = result.last, let function = frame.function, last.function == function,
        last.image == frame.image
      {
        continue
      }
      result.append(frame)
    }
    return result
  }

  /// Makes the calling thread read with pauses from now on, for a quarter of the time at most. For background threads,
  /// which must not use up the processor quota of a small container at once.
  package static func paceThisThread() { spoor_pace_begin() }

  // MARK: Without reading

  /// Whether the frames of all addresses of a stack are known, so that ``knownText(_:)`` has their names.
  package func knows(_ stack: CapturedStack) -> Bool {
    known.withLock { known in stack.frames.allSatisfy { known.frames(of: $0, detail) != nil || detail == .off } }
  }

  /// The frames of a stack from the cache; unknown ones are `module+0xOFFSET (build ID)`. It neither reads files nor
  /// waits for a thread that does.
  package func known(_ stack: CapturedStack) -> [ResolvedFrame] {
    Self.joined(known.withLock { known in stack.frames.flatMap { known.frames(of: $0, detail) ?? known.unnamed($0) } })
  }

  /// The text of ``known(_:)``.
  package func knownText(_ stack: CapturedStack) -> String { StackText.text(of: known(stack)) }

  // MARK: The place of a failure

  /// The place of a stack for a ``Fingerprint``: the program's first function on it.
  ///
  /// It is read from the symbol table alone, so that it does not depend on other information. A program without symbols
  /// has its file's name and the offset, which are the same in every run of one build.
  package func place(of stack: CapturedStack) -> String {
    let detail = min(detail, .functions)
    var unnamed: String?
    for frame in stack.frames {
      for resolved in resolve(frame, detail: detail) {
        if resolved.isProject, let function = resolved.function { return "\(resolved.module ?? "").\(function)" }
        if resolved.function == nil, unnamed == nil, known.withLock({ $0.isProgram(frame) }) {
          unnamed = "\(resolved.image)+\(resolved.offset)"
        }
      }
    }
    return unnamed ?? ""
  }
}

extension CapturedStack {
  /// Creates a stack from the addresses in a span: those of the calls themselves, innermost first.
  package init(calls addresses: [UInt64]) {
    self.init(frames: addresses.map { StackFrame(address: $0, isReturnAddress: false) }, source: .exact)
  }
}
