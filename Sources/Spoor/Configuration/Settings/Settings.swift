// SPDX-License-Identifier: Apache-2.0

/// All settings, in the order of the table.
package enum Settings {
  /// A part of the table.
  package struct Group: Sendable {
    package let title: String
    package let rows: [SettingRow]

    init(_ title: String, _ settings: [any SettingDescription]) {
      self.title = title
      rows = settings.map(\.row)
    }
  }

  package static let groups = [
    Group("Service identity", identity), Group("Export", sending), Group("Export as OTLP", otlp.settings),
    Group("Propagation, sampling, spans", tracing),
    Group("Stacks and failures", failures), Group("The journal", journal), Group("Logging", logging),
    Group("Spoor as a whole", whole),
  ]

  package static let all: [SettingRow] = groups.flatMap(\.rows)

  /// OpenTelemetry's variables that have no meaning in Spoor, and what to use instead.
  package static let unsupported = [
    (variable: "OTEL_BSP_MAX_QUEUE_SIZE", instead: "SPOOR_JOURNAL_BYTES: spans wait in the journal, not in a queue"),
    (variable: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", instead: "SPOOR_BATCH_BYTES: a batch is limited by its bytes"),
    (variable: "OTEL_BSP_EXPORT_TIMEOUT", instead: "OTEL_EXPORTER_ZIPKIN_TIMEOUT or OTEL_EXPORTER_OTLP_TIMEOUT"),
  ]

  /// 1 ms to an hour, in milliseconds.
  static let upToAnHour = 1...3_600_000

  // MARK: Names of variables

  /// Whether other programs read this variable too. Its value may then be valid for them, although Spoor cannot use it.
  static func isShared(_ variable: String) -> Bool {
    !variable.hasPrefix("SPOOR_") && variable == variable.uppercased()
  }

  private static let variables = Set(all.compactMap(\.variable))

  /// Variables with Spoor's prefix that only the project's own tests and scripts read.
  private static let otherVariables: Set<String> = [
    "SPOOR_WARNINGS_AS_ERRORS", "SPOOR_SANITIZER", "SPOOR_WRITE_DOCS", "SPOOR_FUZZ_SECONDS",
    "SPOOR_FUZZ_SEED", "SPOOR_API_EXAMPLES", "SPOOR_SCREENSHOTS",
  ]

  /// Whether a name with Spoor's prefix is a known variable, or one that Kubernetes defines for a service of that name
  /// (`SPOOR_COLLECT_SERVICE_HOST`, `SPOOR_COLLECT_PORT_9411_TCP_ADDR`).
  static func isKnown(_ name: String) -> Bool {
    if variables.contains(name) || otherVariables.contains(name) { return true }
    return name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.hasSuffix("_PORT")
      || name.contains("_PORT_") && (name.contains("_TCP") || name.contains("_UDP"))
  }

  /// The variable whose name differs least.
  static func nearest(to name: String) -> String? {
    let name = Array(name.uppercased().utf8)
    return variables.filter { $0.hasPrefix("SPOOR_") }.sorted()
      .min { distance(name, Array($0.utf8)) < distance(name, Array($1.utf8)) }
  }

  /// The number of letters to insert, remove or replace (Levenshtein).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
