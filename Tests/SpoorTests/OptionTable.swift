// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import Spoor

/// `docs/OPTIONS.md`, made from the settings.
enum OptionTable {
  static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/OPTIONS.md").path

  static var markdown: String {
    var lines = [
      "# Options", "",
      "<!-- Written by scripts/options.sh from the code; a test compares the two. -->", "",
      "Code (`SpoorConfiguration`) beats environment beats default, setting by setting. Maps (`NAME=VALUE`) and the redaction",
      "are merged: both the entries from code and those from the variable apply, and for the same name code wins.", "",
      "**Invalid values.** In code or in a `SPOOR_…` variable they stop the bootstrap with an error that names the setting,",
      "the value and the expected form. In a variable that other programs read too (`OTEL_…`, `LOG_LEVEL`,",
      "`GOOGLE_CLOUD_PROJECT`) they are logged as `setting_not_supported`, and the default is used. Unknown names that begin",
      "with `SPOOR_` are logged the same way, with the nearest known name. `SPOOR_STRICT=1` turns all of this into errors.",
      "",
      "**Reading.** An empty variable counts as not set. White space around values and elements is ignored, words are read in",
      "any case, and `none` and `off` both mean nothing. Lists have commas between their elements; empty elements are",
      "skipped, and a list without any element (`,`) is invalid. Durations are `Duration` in code and whole milliseconds in",
      "variables.",
    ]
    for group in Settings.groups {
      lines += [
        "", "## \(group.title)", "", "| name in code | variable | default | unit | limits | |",
        "|---|---|---|---|---|---|",
      ]
      for setting in group.rows {
        let cells = [
          setting.property.map { "`\($0)`" } ?? "–", setting.variable.map { "`\($0)`" } ?? "–", setting.defaultText,
          setting.unit, setting.limits, setting.summary,
        ]
        lines.append("| \(cells.joined(separator: " | ").replacing("| |", with: "|  |")) |")
      }
    }
    lines += [
      "", "## Not supported", "", "OpenTelemetry's variables that have no effect, and what to use:", "",
      "| variable | instead |", "|---|---|",
    ]
    lines += Settings.unsupported.map { "| `\($0.variable)` | \($0.instead) |" }
    return lines.joined(separator: "\n") + "\n"
  }
}
