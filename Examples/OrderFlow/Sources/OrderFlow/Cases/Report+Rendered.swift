extension Report {
  /// The report for a terminal or a file.
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
  /// How to look further at what was left behind.
  func directions(to traceID: String?) async throws -> String {
    var lines = ["See it:"]
    if let traceID {
      // The collector may end with this run: the spans stay beside the logs.
      let file = try await saveTrace(traceID)
      lines.append("  grep \(traceID) \(directory.allLogs)")
      lines.append("  spoor grep \(traceID) \(directory.allLogs)")
      lines.append("  spoor trace \(file)")
      if collector.process == nil { lines.append("  \(collector.address)/traces/\(traceID)") }
    }
    lines.append("  the logs are in \(directory.path)")
    return lines.joined(separator: "\n")
  }

  /// Writes a trace as the collector gives it.
  ///
  /// - Returns: the file's path.
  private func saveTrace(_ traceID: String) async throws -> String {
    let path = "\(directory.path)/trace-\(traceID).json"
    try await reader.save(traceID, to: path)
    return path
  }
}
