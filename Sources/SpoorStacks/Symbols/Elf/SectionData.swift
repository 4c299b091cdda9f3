// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import CZlib

/// Opens sections of an ELF file, compressed or not.
///
/// A compressed section is decompressed as a whole into memory of the reader's budget; one that does not fit is
/// ignored. zlib is linked. Zstandard and xz are loaded from the system's `libzstd.so.1` and `liblzma.so.5` if those
/// are installed.
enum SectionData {
  /// The bytes of the first of the named sections that exists and can be read.
  static func open(_ name: String, in elf: ElfFile, _ budget: ReadingBudget) -> ByteSource? {
    if let section = elf.sections["." + name], !section.isEmpty {
      let raw = elf.bytes(of: section)
      return section.isCompressed ? decompressed(raw, budget) : raw
    }
    if let section = elf.sections[".z" + name], !section.isEmpty {
      return gnuCompressed(elf.bytes(of: section), budget)
    }
    return nil
  }

  /// `SHF_COMPRESSED`: a header {type, 0, size, alignment}, then the data.
  private static func decompressed(_ raw: ByteSource, _ budget: ReadingBudget) -> ByteSource? {
    var header = ByteCursor(raw, windowSize: 64)
    let type = header.u32()
    _ = header.u32()
    let size = header.u64()
    guard !header.hasFailed, size > 0, size <= UInt64(Int32.max), let input = raw.input(from: 24, budget) else {
      return nil
    }
    defer { budget.release(input.count) }
    return unsafe output(Int(size), budget) { output in
      switch type {
      case 1: unsafe inflate(input, into: output, budget)
      case 2:
        unsafe input.withUnsafeBytes {
          unsafe spoor_decompress_zstd($0.baseAddress, $0.count, output.baseAddress, output.count)
        }
      default: false
      }
    }
  }

  /// The older form of `.zdebug_…` sections: "ZLIB", the size as a big-endian number, then the data.
  private static func gnuCompressed(_ raw: ByteSource, _ budget: ReadingBudget) -> ByteSource? {
    var header = ByteCursor(raw, windowSize: 64)
    let magic = header.u32()
    let size = header.u64().byteSwapped
    guard !header.hasFailed, magic == 0x4249_4C5A, size > 0, size <= UInt64(Int32.max),
      let input = raw.input(from: 12, budget)
    else { return nil }
    defer { budget.release(input.count) }
    return unsafe output(Int(size), budget) { unsafe inflate(input, into: $0, budget) }
  }

  /// The ELF file in `.gnu_debugdata`, which is compressed with xz; nil if it is larger than the budget or 16 MiB.
  static func miniDebugFile(in elf: ElfFile, _ budget: ReadingBudget) -> ByteSource? {
    guard let section = elf.sections[".gnu_debugdata"], !section.isEmpty else { return nil }
    guard let input = elf.bytes(of: section).input(from: 0, budget) else { return nil }
    defer { budget.release(input.count) }
    // Its size is determined in memory that is released again.
    let capacity = min(16 << 20, budget.available / 2)
    var size = 0
    guard
      let block = unsafe MemoryBlock(
        count: capacity,
        fill: { output in
          unsafe input.withUnsafeBytes { input in
            unsafe spoor_decompress_xz(
              input.baseAddress, input.count, output.baseAddress, output.count, budget.available / 2, &size)
          }
        }),
      size <= capacity
    else { return nil }
    let packed = ByteSource(block)
    return unsafe output(size, budget) { unsafe packed.read(into: $0, at: 0) == size }
  }

  private static func output(
    _ size: Int, _ budget: ReadingBudget, _ fill: (UnsafeMutableRawBufferPointer) -> Bool
  ) -> ByteSource? {
    guard budget.reserve(size) else { return nil }
    if let block = unsafe MemoryBlock(count: size, fill: fill) { return ByteSource(block) }
    budget.release(size)
    return nil
  }

  /// Decompresses a zlib stream of exactly the size of `output`, in steps, so that the time limit can stop it.
  private static func inflate(
    _ input: [UInt8], into output: UnsafeMutableRawBufferPointer, _ budget: ReadingBudget
  ) -> Bool {
    var stream = unsafe z_stream()
    let start = unsafe inflateInit_(&stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    guard start == Z_OK else { return false }
    defer { unsafe inflateEnd(&stream) }
    return unsafe input.withUnsafeBytes { input in
      // zlib only reads the input, although its declaration has no const.
      unsafe stream.next_in = unsafe UnsafeMutablePointer(
        mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      unsafe stream.avail_in = UInt32(clamping: input.count)
      var done = 0
      while done < output.count, budget.checkTime() {
        let part = min(output.count - done, 1 << 20)
        // Inside the output: done + part is at most its count.
        unsafe stream.next_out = (output.baseAddress?.assumingMemoryBound(to: UInt8.self)).map { unsafe $0 + done }
        unsafe stream.avail_out = UInt32(part)
        let code = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        let made = unsafe part - Int(stream.avail_out)
        done += made
        guard code == Z_OK, made > 0 else { return code == Z_STREAM_END && done == output.count }
      }
      return done == output.count
    }
  }
}

extension ByteSource {
  /// The bytes from a position to the end, reserved in the budget; nil if they do not fit.
  fileprivate func input(from position: Int, _ budget: ReadingBudget) -> [UInt8]? {
    guard position <= count, budget.reserve(count - position) else { return nil }
    if let bytes = bytes(at: position, count: count - position) { return bytes }
    budget.release(count - position)
    return nil
  }
}
