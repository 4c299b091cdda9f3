// SPDX-License-Identifier: Apache-2.0

internal import CZlib
internal import SpoorBase

/// Finds the file with the symbols of a stripped one.
///
/// It searches where debuggers do: `/usr/lib/debug/.build-id/xx/yyyy.debug` by the build ID, and the name in
/// `.gnu_debuglink` beside the file, in `.debug` beside it, and in `/usr/lib/debug` followed by the file's directory. A
/// file must have the same build ID or, without one, the checksum in `.gnu_debuglink`.
enum DebugFiles {
  private static let root = "/usr/lib/debug"

  static func find(for elf: ElfFile, at path: String, _ budget: ReadingBudget) -> ElfFile? {
    for candidate in paths(for: elf, at: path) {
      guard candidate.path != path, let file = OpenFile(path: candidate.path) else { continue }
      let bytes = ByteSource(file)
      guard let found = ElfFile(bytes, budget), !found.sections.isEmpty else { continue }
      if let buildID = elf.buildID {
        if found.buildID == buildID { return found }
      } else if let checksum = candidate.checksum, checksum == Self.checksum(bytes, budget) {
        return found
      }
    }
    return nil
  }

  /// The path at which the symbols of a build are installed; nil without a build ID.
  static func path(ofBuild buildID: String) -> String? {
    // The build ID of a dead process comes from its file, so only hex digits may become part of a path.
    guard buildID.utf8.count > 2, !HexBytes.decode(buildID).isEmpty else { return nil }
    return "\(root)/.build-id/\(buildID.prefix(2))/\(buildID.dropFirst(2)).debug"
  }

  private static func paths(for elf: ElfFile, at path: String) -> [(path: String, checksum: UInt32?)] {
    var result: [(path: String, checksum: UInt32?)] = []
    if let installed = elf.buildID.flatMap({ Self.path(ofBuild: $0) }) { result.append((installed, nil)) }
    guard let (name, checksum) = link(in: elf) else { return result }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    result += [
      ("\(folder)/\(name)", checksum), ("\(folder)/.debug/\(name)", checksum),
    ]
    if folder.hasPrefix("/") { result.append(("\(root)\(folder)/\(name)", checksum)) }
    return result
  }

  /// `.gnu_debuglink`: a file name, padded to 4 bytes, and the file's checksum.
  private static func link(in elf: ElfFile) -> (name: String, checksum: UInt32)? {
    guard let section = elf.sections[".gnu_debuglink"], !section.isEmpty else { return nil }
    let bytes = elf.bytes(of: section)
    guard let name = bytes.text(at: 0), !name.isEmpty, !name.contains("/") else { return nil }
    var cursor = ByteCursor(bytes, windowSize: 64)
    cursor.seek(to: UInt64((name.utf8.count + 4) & ~3))
    let checksum = cursor.u32()
    return cursor.hasFailed ? nil : (name, checksum)
  }

  /// The CRC-32 of a whole file: some 100 ms for 100 MB.
  private static func checksum(_ bytes: ByteSource, _ budget: ReadingBudget) -> UInt32? {
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var position = 0
    var result = crc32(0, nil, 0)
    while position < bytes.count {
      guard budget.checkTime() else { return nil }
      let got = unsafe buffer.withUnsafeMutableBytes { unsafe bytes.read(into: $0, at: position) }
      guard got > 0 else { return nil }
      result = unsafe buffer.withUnsafeBytes {
        unsafe crc32(result, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(got))
      }
      position += got
    }
    return UInt32(truncatingIfNeeded: result)
  }
}
