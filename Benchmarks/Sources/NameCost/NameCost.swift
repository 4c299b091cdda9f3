// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Foundation
import SpoorStacks

/// Measures what each address costs a service whose names are read from a file, one address after another.
///
///     NameCost FILE BUILD-ID < ADDRESSES
///
/// Addresses are those of the file, in hexadecimal, one a line. Prints one JSON object: milliseconds of processor time
/// of the first address and of the others, and the growth of anonymous memory in kB.
@main
struct NameCost {
  static func main() throws {
    guard CommandLine.arguments.count == 3 else {
      print("usage: NameCost FILE BUILD-ID < ADDRESSES")
      exit(2)
    }
    let path = CommandLine.arguments[1]
    var addresses: [UInt64] = []
    while let line = readLine() { if let address = UInt64(line, radix: 16) { addresses.append(address) } }
    let image = LoadedImage(base: 0, code: 1..<UInt64.max, buildID: CommandLine.arguments[2], path: path)
    let before = anonymousKilobytes()
    let symbolicator = Symbolicator(images: LoadedImages([image]), programPath: path)
    var took: [Double] = []
    var named = 0
    var slowest: [(ms: Double, address: String, function: String)] = []
    for address in addresses {
      let stack = CapturedStack(frames: [StackFrame(address: address, isReturnAddress: false)], source: .exact)
      let began = ThreadClock.now
      let frames = symbolicator.resolve(stack)
      took.append(Double(ThreadClock.now - began) / 1e6)
      if frames.contains(where: { $0.line != nil }) { named += 1 }
      slowest.append((took[took.count - 1], String(address, radix: 16), frames.last?.function ?? "none"))
    }
    let others = took.dropFirst().sorted()
    slowest.removeFirst()
    slowest.sort { $0.ms > $1.ms }
    let result: [String: Any] = [
      "addresses": addresses.count, "with_lines": named, "first_ms": took.first ?? 0,
      "median_ms": others.isEmpty ? 0 : others[others.count / 2],
      "p99_ms": others.isEmpty ? 0 : others[others.count * 99 / 100], "worst_ms": others.last ?? 0,
      "all_ms": took.reduce(0, +), "grew_kb": anonymousKilobytes() - before,
      "slowest": slowest.prefix(8).map { "\($0.address) \(($0.ms * 100).rounded() / 100) ms \($0.function)" },
    ]
    print(String(decoding: try JSONSerialization.data(withJSONObject: result, options: .sortedKeys), as: UTF8.self))
  }

  private static func anonymousKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon") }
    return line.flatMap { Int($0.split(whereSeparator: { !$0.isNumber }).first ?? "") } ?? 0
  }
}
