// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A small program of two files with inlined functions, compiled with the toolchain's own compiler.
struct SampleProgram {
  let path: String
  private let folder: URL

  /// The folder of the toolchain's programs: `clang`, `llvm-objcopy`, `llvm-symbolizer`, `llvm-nm`.
  static let tools: String = {
    for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
      let swift = "\(folder)/swift"
      guard FileManager.default.isExecutableFile(atPath: swift) else { continue }
      let real = URL(filePath: swift).resolvingSymlinksInPath().deletingLastPathComponent()
      if FileManager.default.isExecutableFile(atPath: real.path + "/clang") { return real.path }
    }
    return "/usr/bin"
  }()

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  @discardableResult
  static func run(_ tool: String, _ arguments: [String], input: String = "") throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: tool.hasPrefix("/") ? tool : "\(tools)/\(tool)")
    process.arguments = arguments
    // Files instead of pipes, because a full pipe would block both sides, and the signals of other tests interrupt
    // reads from pipes.
    let folder = FileManager.default.temporaryDirectory.appending(path: "spoor-tool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String, _ text: String = "") throws -> URL {
      let url = folder.appending(path: name)
      try Data(text.utf8).write(to: url)
      return url
    }
    let output = try file("output")
    let error = try file("error")
    process.standardInput = try FileHandle(forReadingFrom: try file("input", input))
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: error)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(description: "\(tool) \(arguments): \(try String(contentsOf: error, encoding: .utf8))")
    }
    return try String(contentsOf: output, encoding: .utf8)
  }

  init(flags: [String]) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "spoor-symbols-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let sources = ["first.c": Self.first, "second.c": Self.second]
    for (name, text) in sources { try Data(text.utf8).write(to: folder.appending(path: name)) }
    path = folder.appending(path: "sample").path
    try Self.run(
      "clang",
      flags + ["-fuse-ld=lld", "-Wl,--build-id=sha1", "-ffunction-sections", "-Wl,--gc-sections", "-o", path]
        + sources.keys.sorted().map { folder.appending(path: $0).path })
  }

  /// Removes the files.
  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// A path beside the program.
  func file(_ name: String) -> String { folder.appending(path: name).path }

  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

  /// Addresses inside the program's own functions: every third byte of them.
  func addresses() throws -> [UInt64] {
    var result: [UInt64] = []
    for line in try Self.run("llvm-nm", ["-S", path]).split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard parts.count == 4, parts[2].lowercased() == "t", let start = UInt64(parts[0], radix: 16),
        let size = UInt64(parts[1], radix: 16), size > 0
      else { continue }
      result += stride(from: start, to: start + size, by: 3)
    }
    return result
  }

  private static let first = """
    #include <stdio.h>
    #include <stdlib.h>
    int far_away(int);
    static inline __attribute__((always_inline)) int twice(int x) { if (x > 9000) abort(); return far_away(x) * 2; }
    static inline __attribute__((always_inline)) int thrice(int x) {
      for (int i = 0; i < x % 5; i++) {
        x += twice(x + i);
        if (x % 7 == 0) { int y = twice(x); x ^= y; }
      }
      return x;
    }
    __attribute__((noinline)) int middle(int x) { return thrice(x) + thrice(x + 1); }
    __attribute__((noinline, cold)) static void complain(const char *text) { fprintf(stderr, "%s\\n", text); exit(3); }
    int never_called(int x) { return x * 77; }
    int main(int count, char **texts) {
      if (count > 3) complain(texts[1]);
      return middle(count) & 1;
    }
    """
  private static let second = """
    static int table[64];
    static inline __attribute__((always_inline)) int at(int i) { return table[i & 63]; }
    __attribute__((noinline)) int far_away(int x) {
      int sum = 0;
      for (int i = 0; i < x; i++) sum += at(i) ^ at(i + 1);
      table[x & 63] = sum;
      return sum;
    }
    """
}
