#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The build id in a program's or library's file: the linker's note `GNU`, type 3. (ELF, 64 bits, little endian.)
enum ElfBuildID {
  /// The build id in hex; nil if the file cannot be read, is no such file or has none. Reads a few hundred bytes.
  static func read(path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let header = bytes(descriptor, at: 0, count: 64), header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
      return nil
    }
    let table = header.integer(at: 32, bytes: 8)
    let entrySize = Int(header.integer(at: 54, bytes: 2))
    let entries = Int(header.integer(at: 56, bytes: 2))
    guard entrySize >= 56, entries <= 256, let segments = bytes(descriptor, at: table, count: entrySize * entries)
    else {
      return nil
    }
    for index in 0..<entries {
      let segment = Array(segments[(index * entrySize)..<((index + 1) * entrySize)])
      guard segment.integer(at: 0, bytes: 4) == 4 else { continue }  // PT_NOTE
      let size = segment.integer(at: 32, bytes: 8)
      guard size <= 64 << 10 else { continue }
      guard let notes = bytes(descriptor, at: segment.integer(at: 8, bytes: 8), count: Int(size)) else { continue }
      if let found = buildID(in: notes) { return found }
    }
    return nil
  }

  /// Notes are {length of the name, of the content, type}, name and content, each padded to 4 bytes.
  private static func buildID(in notes: [UInt8]) -> String? {
    var offset = 0
    while notes.count - offset >= 12 {
      let name = Int(notes.integer(at: offset, bytes: 4))
      let content = Int(notes.integer(at: offset + 4, bytes: 4))
      let type = notes.integer(at: offset + 8, bytes: 4)
      let contentStart = offset + 12 + (name + 3) & ~3
      let end = contentStart + (content + 3) & ~3
      guard name <= notes.count, content <= notes.count, contentStart + content <= notes.count else { return nil }
      if type == 3, name == 4, notes[(offset + 12)..<(offset + 16)].elementsEqual([0x47, 0x4E, 0x55, 0]) {
        return HexBytes.encode(notes[contentStart..<(contentStart + content)])
      }
      offset = end
    }
    return nil
  }

  private static func bytes(_ descriptor: CInt, at offset: UInt64, count: Int) -> [UInt8]? {
    guard offset <= UInt64(Int64.max) else { return nil }
    var buffer = [UInt8](repeating: 0, count: count)
    let got = unsafe buffer.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    return got == count ? buffer : nil
  }
}

extension [UInt8] {
  /// A little-endian integer; the caller has checked that it lies inside.
  fileprivate func integer(at offset: Int, bytes: Int) -> UInt64 {
    self[offset..<(offset + bytes)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
