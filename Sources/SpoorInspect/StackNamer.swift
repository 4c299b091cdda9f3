// SPDX-License-Identifier: Apache-2.0

internal import SpoorStacks

/// Names the frames `module+0xOFFSET (build ID)` in text: log records, log files, tags of spans.
///
/// Each frame becomes one line per function, inlined ones first, in the form in which a service with symbols writes
/// them: `PaymentClient.charge(_:) at PaymentClient.swift:42`.
public struct StackNamer: Sendable {
  private let archive: SymbolArchive

  /// - Parameter paths: unstripped programs and libraries, or their separate debug files. The build ID decides which of
  ///   them a frame belongs to.
  public init(paths: [String]) { archive = SymbolArchive(paths: paths) }

  /// A line with names.
  public struct Line: Sendable, Hashable {
    /// The line with names; unchanged if it has no frames.
    public var bytes: [UInt8]
    /// The number of frames that were named.
    public var named: Int
    /// The number of frames without a name: no file has their build ID, or the file has no function at their address.
    public var unnamed: Int
    /// The build IDs for which no file was found.
    public var missing: [String]
  }

  /// Names the frames in one line of text, which may be a JSON record. In JSON the lines of a stack remain separated by
  /// `\n` in a string.
  public func named(_ line: [UInt8]) -> Line {
    var result = Line(bytes: [], named: 0, unnamed: 0, missing: [])
    var rest = line[...]
    var position = line.startIndex
    while let frame = FrameText(next: &position, in: line) {
      guard let functions = archive.functions(buildID: frame.buildID, offset: frame.offset), !functions.isEmpty else {
        result.unnamed += 1
        if !result.missing.contains(frame.buildID), archive.functions(buildID: frame.buildID, offset: 0) == nil {
          result.missing.append(frame.buildID)
        }
        continue
      }
      result.named += 1
      let style = frame.style(in: line)
      result.bytes += rest[..<frame.range.lowerBound]
      for (index, function) in functions.enumerated() {
        if index > 0 { result.bytes += style.separator }
        result.bytes += style.escaped(function.text)
      }
      rest = line[frame.range.upperBound...]
    }
    result.bytes += rest
    return result
  }

  /// The functions at offsets of a program or library, with those inlined there, innermost first, thunks included.
  ///
  /// - Returns: nil for a file that cannot be read or is not a 64-bit ELF file.
  public static func functions(in path: String, at offsets: [UInt64]) -> [[Function]]? {
    SymbolArchive.functions(path: path, offsets: offsets)?.map { frames in
      frames.compactMap { frame in
        frame.function.map {
          Function(name: $0, file: frame.file, line: frame.line, isInlined: frame.isInlined, isMerged: frame.isMerged)
        }
      }
    }
  }

  /// Whether a file is a program or library.
  public static func isProgram(_ path: String) -> Bool { SymbolArchive.isProgram(path: path) }

  /// The build ID of a program or library in hex; nil if it has none.
  public static func buildID(of path: String) -> String? { SymbolArchive.buildID(path: path) }

  /// A function at an address.
  public struct Function: Sendable, Hashable {
    /// The readable name in its short form.
    public let name: String
    /// The path that was compiled in; nil without debug information.
    public let file: String?
    /// The line, counted from 1; nil without debug information and for code without a line.
    public let line: Int?
    /// Whether the function is inlined into the next one.
    public let isInlined: Bool
    /// Whether several functions share the same code. The name is that of one of them.
    public let isMerged: Bool
  }
}

/// A frame without a name in a text: `module+0xOFFSET (build ID)`.
private struct FrameText {
  let range: Range<Int>
  let offset: UInt64
  let buildID: String

  /// Finds the next frame from `position` on, and moves `position` behind it.
  init?(next position: inout Int, in line: [UInt8]) {
    let middle = Array(" (build ".utf8)
    while let plus = line[position...].firstIndex(of: UInt8(ascii: "+")) {
      position = plus + 1
      guard line[position...].starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) else { continue }
      let digits = line[(plus + 3)...].prefix(while: Self.isHex)
      guard (1...16).contains(digits.count), line[digits.endIndex...].starts(with: middle) else { continue }
      let id = line[(digits.endIndex + middle.count)...].prefix(while: Self.isHex)
      guard (2...128).contains(id.count), id.endIndex < line.endIndex, line[id.endIndex] == UInt8(ascii: ")") else {
        continue
      }
      let start = line[..<plus].lastIndex(where: { !Self.isName($0) }).map { $0 + 1 } ?? line.startIndex
      // A letter after a backslash belongs to an escape, not to the name: `\nStock+0x10`.
      var name = start
      if name > line.startIndex, line[name - 1] == UInt8(ascii: "\\"), name < plus { name += 1 }
      guard name < plus, let offset = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else { continue }
      range = name..<(id.endIndex + 1)
      self.offset = offset
      buildID = String(decoding: id, as: UTF8.self).lowercased()
      position = id.endIndex + 1
      return
    }
    return nil
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }

  /// Whether a byte can be part of a file name here, and not of the text around it.
  private static func isName(_ byte: UInt8) -> Bool {
    byte > 0x20 && !"\"\\(,[{<>:=".utf8.contains(byte)
  }

  /// How lines are separated around the frame: by a line feed, or by one that is escaped once or more in JSON.
  struct Style {
    /// Backslashes before the `n` of an escaped line feed; 0 in plain text.
    let backslashes: Int

    var separator: [UInt8] {
      backslashes == 0
        ? [UInt8(ascii: "\n")]
        : [UInt8](repeating: UInt8(ascii: "\\"), count: backslashes) + [UInt8(ascii: "n")]
    }

    /// Quotes and backslashes of a name need one more backslash than the level of JSON around them.
    func escaped(_ text: String) -> [UInt8] {
      guard backslashes > 0 else { return Array(text.utf8) }
      var result: [UInt8] = []
      for byte in text.utf8 {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          result += [UInt8](repeating: UInt8(ascii: "\\"), count: 2 * backslashes - 1)
        }
        result.append(byte < 0x20 ? UInt8(ascii: "?") : byte)
      }
      return result
    }
  }

  func style(in line: [UInt8]) -> Style {
    // The escape that separates the frame from its neighbour is after or before it.
    let behind = line[range.upperBound...].prefix { $0 == UInt8(ascii: "\\") }
    if !behind.isEmpty, behind.endIndex < line.endIndex {
      // A quote at the end of the string has one backslash fewer than a line feed.
      return Style(backslashes: line[behind.endIndex] == UInt8(ascii: "\"") ? behind.count + 1 : behind.count)
    }
    let before = range.lowerBound
    if before >= 2, line[before - 1] == UInt8(ascii: "n"), line[before - 2] == UInt8(ascii: "\\") {
      let run = line[..<(before - 1)].reversed().prefix { $0 == UInt8(ascii: "\\") }
      return Style(backslashes: run.count)
    }
    let isJSON = line.first { $0 > 0x20 } == UInt8(ascii: "{")
    return Style(backslashes: isJSON ? 1 : 0)
  }
}
