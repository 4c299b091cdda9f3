// SPDX-License-Identifier: Apache-2.0

/// The images of a process, and a cache of the frames of addresses.
struct KnownFrames {
  private let isOwnProcess: Bool
  private var images: LoadedImages
  private let owner: FrameOwner
  private let cacheLimit: Int
  private var cache: [Key: [ResolvedFrame]] = [:]

  /// The address of the look-up. A log record has the return address of a call, the span the address of the call
  /// itself.
  private struct Key: Hashable {
    let address: UInt64
    let detail: NameDetail

    init(_ frame: StackFrame, _ detail: NameDetail) {
      address = frame.lookupAddress
      self.detail = detail
    }
  }

  init(images: LoadedImages, isOwnProcess: Bool, programPath: String, cacheLimit: Int) {
    self.images = images
    self.isOwnProcess = isOwnProcess
    owner = FrameOwner(programPath: programPath)
    self.cacheLimit = max(1, cacheLimit)
  }

  /// The cached frames of an address in this detail.
  func frames(of frame: StackFrame, _ detail: NameDetail) -> [ResolvedFrame]? {
    cache[Key(frame, detail)]
  }

  /// The image at an address. For an address outside all images they are listed again, because a library may have been
  /// opened.
  mutating func image(at address: UInt64) -> LoadedImage? {
    if let image = images.image(at: address) { return image }
    guard isOwnProcess else { return nil }
    let current = LoadedImages.current()
    guard current.images != images.images else { return nil }
    images = current
    return images.image(at: address)
  }

  /// Whether an address is in the program's own file.
  func isProgram(_ frame: StackFrame) -> Bool {
    images.image(at: frame.lookupAddress).map { owner.isProgram($0) } ?? false
  }

  /// Creates frames from the symbols of an address and caches them.
  mutating func remember(
    _ symbols: [RawSymbol], of frame: StackFrame, in image: LoadedImage, _ detail: NameDetail
  ) -> [ResolvedFrame] {
    let offset = frame.lookupAddress &- image.base
    let frames =
      symbols.isEmpty
      ? unnamed(frame)
      : symbols.filter { !$0.isThunk }.map { symbol in
        ResolvedFrame(
          function: symbol.name, module: symbol.module, file: symbol.file, line: symbol.line, image: image.name,
          buildID: image.knownBuildID, offset: offset, isInlined: symbol.isInlined,
          isProject: owner.isProject(symbol, in: image), isMerged: symbol.isMerged)
      }
    if cache.count >= cacheLimit { cache.removeAll(keepingCapacity: true) }
    cache[Key(frame, detail)] = frames
    return frames
  }

  /// The frame of an address without names.
  func unnamed(_ frame: StackFrame) -> [ResolvedFrame] {
    let image = images.image(at: frame.lookupAddress)
    let offset = image.map { frame.lookupAddress &- min($0.base, frame.lookupAddress) } ?? frame.address
    return [
      ResolvedFrame(
        function: nil, module: nil, file: nil, line: nil, image: image?.name ?? "unknown",
        buildID: image?.knownBuildID, offset: offset, isInlined: false, isProject: false)
    ]
  }
}

extension LoadedImage {
  fileprivate var knownBuildID: String? { buildID.isEmpty ? nil : buildID }
}
