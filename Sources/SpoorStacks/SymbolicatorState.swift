/// What a ``Symbolicator`` guards with its lock.
struct SymbolicatorState {
  private let isOwnProcess: Bool
  /// What this process has loaded: another's addresses in the very same build are resolved as its own would be.
  private var ownImages: LoadedImages
  private var ownSymbols = RuntimeSymbols.own
  private let cacheLimit: Int
  /// Whether it waits for others who read debug information; else it does without names.
  private let waits: Bool
  private var images: LoadedImages
  private var owner: FrameOwner
  /// Of files that this process has not loaded.
  private var fileSymbols: RuntimeSymbols?
  private var cache: [StackFrame: Entry] = [:]

  private struct Entry {
    let detail: Symbolicator.Detail
    let frames: [ResolvedFrame]
  }

  init(ownImages: LoadedImages, cacheLimit: Int, waits: Bool) {
    self.waits = waits
    isOwnProcess = true
    self.cacheLimit = max(1, cacheLimit)
    images = ownImages
    self.ownImages = ownImages
    owner = FrameOwner(programPath: Self.ownPath)
  }

  init(foreignImages: LoadedImages, programPath: String, cacheLimit: Int) {
    isOwnProcess = false
    waits = true
    self.cacheLimit = max(1, cacheLimit)
    images = foreignImages
    owner = FrameOwner(programPath: programPath)
    let own = LoadedImages.current()
    ownImages = own
    let intact = foreignImages.images.filter { image in
      own.image(build: image.buildID) == nil && !image.buildID.isEmpty
        && ElfBuildID.read(path: image.path) == image.buildID
    }
    fileSymbols = intact.isEmpty ? nil : RuntimeSymbols(images: intact)
  }

  private static var ownPath: String { LoadedImages.programPath ?? CommandLine.arguments.first ?? "" }

  mutating func resolve(_ frame: StackFrame, detail: Symbolicator.Detail) -> [ResolvedFrame] {
    if let known = cache[frame], known.detail >= detail { return known.frames }
    let frames = look(up: frame, detail: detail)
    if cache.count >= cacheLimit { cache.removeAll(keepingCapacity: true) }
    cache[frame] = Entry(detail: detail, frames: frames)
    return frames
  }

  private mutating func look(up frame: StackFrame, detail: Symbolicator.Detail) -> [ResolvedFrame] {
    guard let image = image(at: frame.lookupAddress) else {
      return [
        ResolvedFrame(
          function: nil, module: nil, file: nil, line: nil, image: "unknown", buildID: nil, offset: frame.address,
          isInlined: false, isProject: false)
      ]
    }
    let found = detail == .addresses ? nil : rawSymbols(at: frame, in: image, withLines: detail == .lines)
    let offset = frame.lookupAddress - min(image.base, frame.lookupAddress)
    guard let found else {
      return [
        ResolvedFrame(
          function: nil, module: nil, file: nil, line: nil, image: image.name, buildID: image.knownBuildID,
          offset: offset, isInlined: false, isProject: false)
      ]
    }
    return found.filter { !$0.isThunk }.map { symbol in
      ResolvedFrame(
        function: symbol.name, module: symbol.module, file: symbol.file, line: symbol.line, image: image.name,
        buildID: image.knownBuildID, offset: offset, isInlined: symbol.isInlined,
        isProject: owner.isProject(symbol, in: image))
    }
  }

  /// A library opened since the images were listed is found by listing them again; each unknown address asks once.
  private mutating func image(at address: UInt64) -> LoadedImage? {
    if let image = images.image(at: address) { return image }
    guard isOwnProcess else { return nil }
    let current = LoadedImages.current()
    guard current.images != images.images else { return nil }
    images = current
    ownImages = current
    ownSymbols = RuntimeSymbols()
    return images.image(at: address)
  }

  private func rawSymbols(at frame: StackFrame, in image: LoadedImage, withLines: Bool) -> [RawSymbol]? {
    guard let own = isOwnProcess ? image : ownImages.image(build: image.buildID) else {
      return fileSymbols?.symbols(at: frame, withLines: withLines)
    }
    let address = frame.address &- image.base &+ own.base
    let frame = StackFrame(address: address, isReturnAddress: frame.isReturnAddress)
    return ownSymbols.symbols(at: frame, withLines: withLines, waits: waits)
      ?? DynamicSymbols.symbol(at: frame).map { [$0] }
  }
}

extension LoadedImage {
  fileprivate var knownBuildID: String? { buildID.isEmpty ? nil : buildID }
}
