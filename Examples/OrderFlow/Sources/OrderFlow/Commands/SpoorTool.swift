// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The command `spoor` as it can be typed on this machine.
enum SpoorTool {
  /// The one beside this binary, or else the one in the PATH.
  static let command: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let beside = URL(filePath: own).deletingLastPathComponent().appending(component: "spoor").path
    return FileManager.default.isExecutableFile(atPath: beside) ? beside : "spoor"
  }()
}
