import Foundation

/// The build id and the functions of a program's or library's file. (ELF, 64 bits, little endian.)
struct ElfSymbols {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  struct Function {
    let address: UInt64
    let size: UInt64
    let name: String
  }

  /// In hex; nil where the linker wrote none.
  let buildID: String?
  /// By address. From `.symtab`; of a stripped file only what it exports.
  let functions: [Function]

  init(path: String) throws {
    guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      throw Failure(description: "\(path): cannot be read")
    }
    let file = Bytes(data: data)
    guard file.slice(0, 6) == Data([0x7F, 0x45, 0x4C, 0x46, 2, 1]), let table = file.integer(40, 8),
      let entrySize = file.integer(58, 2), let count = file.integer(60, 2), entrySize >= 64
    else { throw Failure(description: "\(path): expected an ELF file of 64 bits, little endian") }
    var symbols: (table: Section, names: Section)?
    var buildID: String?
    let sections = (0..<count).compactMap { Section(file, table &+ $0 &* entrySize) }
    for section in sections {
      switch section.type {
      case 7 where buildID == nil: buildID = Self.buildID(file, section)
      // .symtab has all; .dynsym only where there is no other.
      case 2 where section.link < sections.count: symbols = (section, sections[section.link])
      case 11 where symbols == nil && section.link < sections.count: symbols = (section, sections[section.link])
      default: break
      }
    }
    self.buildID = buildID
    functions = symbols.map { Self.functions(file, $0.table, $0.names) } ?? []
  }

  /// The function that an address lies in.
  func function(at address: UInt64) -> Function? {
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let found = functions[low - 1]
    return address - found.address < max(found.size, 1) ? found : nil
  }

  private struct Section {
    let type: Int
    let offset: Int
    let size: Int
    let link: Int

    init?(_ file: Bytes, _ at: Int) {
      guard let type = file.integer(at &+ 4, 4), let offset = file.integer(at &+ 24, 8),
        let size = file.integer(at &+ 32, 8), let link = file.integer(at &+ 40, 4)
      else { return nil }
      (self.type, self.offset, self.size, self.link) = (type, offset, size, link)
    }
  }

  /// The file's bytes, read within their bounds only.
  private struct Bytes {
    let data: Data

    func slice(_ offset: Int, _ count: Int) -> Data? {
      guard offset >= 0, count >= 0, count <= data.count, offset <= data.count - count else { return nil }
      return data[(data.startIndex + offset)..<(data.startIndex + offset + count)]
    }

    /// Nil beyond the end, and for what no offset in a file can be.
    func integer(_ offset: Int, _ count: Int) -> Int? {
      slice(offset, count).flatMap { Int(exactly: $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
    }
  }

  private static func buildID(_ file: Bytes, _ section: Section) -> String? {
    // {length of the name, of the content, type}, "GNU\0", the content.
    guard file.integer(section.offset, 4) == 4, let count = file.integer(section.offset &+ 4, 4), count <= 64,
      file.integer(section.offset &+ 8, 4) == 3, let bytes = file.slice(section.offset &+ 16, count)
    else { return nil }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func functions(_ file: Bytes, _ table: Section, _ names: Section) -> [Function] {
    guard let symbols = file.slice(table.offset, table.size), let text = file.slice(names.offset, names.size) else {
      return []
    }
    let entries = Bytes(data: symbols)
    var result: [Function] = []
    for at in stride(from: 0, to: symbols.count - 23, by: 24) {
      // STT_FUNC or STT_GNU_IFUNC, defined here.
      guard let info = entries.integer(at + 4, 1), [2, 10].contains(info & 15), entries.integer(at + 6, 2) != 0,
        let name = entries.integer(at, 4), name < text.count, let address = entries.integer(at + 8, 8),
        let size = entries.integer(at + 16, 8)
      else { continue }
      let bytes = text[(text.startIndex + name)...].prefix { $0 != 0 }
      result.append(
        Function(address: UInt64(address), size: UInt64(size), name: String(decoding: bytes, as: UTF8.self)))
    }
    return result.sorted { $0.address < $1.address }
  }
}
