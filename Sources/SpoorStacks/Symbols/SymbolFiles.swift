// SPDX-License-Identifier: Apache-2.0

/// The files from which symbols are read, one for each image.
///
/// Only one thread may use it at a time. At most sixteen files are open, and in a service all of them together keep at
/// most 12 MiB. Above either limit the least recently used files are closed.
struct SymbolFiles {
  private var files: [Known] = []
  private let limits: ReadingBudget.Limits
  private let programPath: String?
  private static let openFiles = 16

  private struct Known {
    let path: String
    let buildID: String
    /// Nil for a file that is missing, damaged or of another build.
    let file: SymbolFile?
  }

  /// - Parameter programPath: the path of this process's program. It is opened as `/proc/self/exe`, which is the right
  ///   file even if its path was replaced.
  init(limits: ReadingBudget.Limits, programPath: String?) {
    self.limits = limits
    self.programPath = programPath
  }

  /// The functions at an address of an image, innermost first.
  ///
  /// - Parameter isOwn: whether this process has the image loaded, so that its file is accepted even without a build
  ///   ID.
  mutating func symbols(at address: UInt64, in image: LoadedImage, detail: NameDetail, isOwn: Bool) -> [RawSymbol] {
    guard isOwn || !image.buildID.isEmpty, let file = file(of: image) else { return [] }
    let found = file.symbols(at: address &- image.base, detail: detail).map(RawSymbol.init)
    while files.count > 1, files.reduce(0, { $0 + ($1.file?.reservedBytes ?? 0) }) > limits.bytes / 2 * 3 {
      files.removeFirst()
    }
    return found
  }

  private mutating func file(of image: LoadedImage) -> SymbolFile? {
    if let index = files.firstIndex(where: { $0.path == image.path && $0.buildID == image.buildID }) {
      // The file that was used last is at the end.
      if index != files.count - 1 { files.append(files.remove(at: index)) }
      return files[files.count - 1].file
    }
    if files.count >= Self.openFiles { files.removeFirst() }
    let file = open(image)
    files.append(Known(path: image.path, buildID: image.buildID, file: file))
    return file
  }

  private func open(_ image: LoadedImage) -> SymbolFile? {
    var limits = limits
    if let room = MemoryHeadroom.bytes() {
      // Reading names must not exhaust the service's memory: the reader takes at most a quarter of the rest, and
      // nothing if the rest is small.
      limits.bytes = min(limits.bytes, room / 4)
      guard limits.bytes >= 1 << 20 else { return nil }
    }
    if image.path == programPath, let file = SymbolFile(path: "/proc/self/exe", knownAs: image.path, limits: limits),
      Self.isRight(file, for: image)
    {
      return file
    }
    if let file = SymbolFile(path: image.path, limits: limits), Self.isRight(file, for: image) { return file }
    // The program may have been replaced, but the symbols of its old build may be installed.
    guard let path = DebugFiles.path(ofBuild: image.buildID) else { return nil }
    return SymbolFile(path: path, limits: limits).flatMap { Self.isRight($0, for: image) ? $0 : nil }
  }

  private static func isRight(_ file: SymbolFile, for image: LoadedImage) -> Bool {
    image.buildID.isEmpty || file.buildID == image.buildID
  }
}
