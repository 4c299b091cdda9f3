// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Report {
  /// Renders the report for a terminal or a file.
  func rendered(_ title: String) -> String {
    var lines = [title, ""]
    if !text.isEmpty { lines += text + [""] }
    for table in tables { lines += table.lines + [""] }
    lines += checks.map { $0.holds ? "✓ \($0.what)" : "✗ \($0.what): \($0.found)" }
    let failed = checks.count { !$0.holds }
    lines += [
      "", failed == 0 ? "All \(checks.count) checks hold." : "\(failed) of \(checks.count) checks do not hold.", "",
    ]
    return lines.joined(separator: "\n")
  }
}

extension Stage {
  /// Prints how to look further. Each indented line can be pasted into a shell, except for the address, which is for a
  /// browser.
  ///
  /// - Parameter stays: whether the collector keeps running.
  func directions(to report: Report, stays: Bool) async throws -> String {
    var lines = ["See it:"]
    for picture in report.pictures {
      let file = "\(directory.path)/\(picture.name).svg"
      try Data(picture.chart.svg.utf8).write(to: URL(filePath: file))
      lines.append("  ls \(file)")
    }
    if let traceID = report.traceID, !traceID.isEmpty {
      // The collector may end with this run, so the spans are saved beside the logs.
      let file = try await saveTrace(traceID)
      lines.append("  grep \(traceID) \(directory.allLogs)")
      lines.append("  \(SpoorTool.command) grep \(traceID) \(directory.allLogs)")
      lines.append("  \(SpoorTool.command) trace \(file)")
      if collector.process == nil || stays { lines.append("  \(collector.address)/traces/\(traceID)") }
    }
    lines.append("  ls \(directory.path)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes a trace as the collector returns it.
  ///
  /// - Returns: the file's path.
  private func saveTrace(_ traceID: String) async throws -> String {
    let path = "\(directory.path)/trace-\(traceID).json"
    try await reader.save(traceID, to: path)
    return path
  }
}
