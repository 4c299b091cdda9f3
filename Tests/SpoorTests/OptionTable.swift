import Foundation

@testable import Spoor

/// `docs/OPTIONS.md`, made of the settings themselves.
enum OptionTable {
  static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/OPTIONS.md").path

  static var markdown: String {
    var lines = [
      "# Options", "",
      "<!-- Made by scripts/options.sh; a test fails where it is not what the code says. -->", "",
      "Code (`SpoorConfiguration`) beats environment beats default. A value from code or a `SPOOR_…` variable that makes no",
      "sense is an error at bootstrap that names the setting, the value and what was expected. A value of an `OTEL_…`",
      "variable, or of `LOG_LEVEL`, that is valid elsewhere but not supported here is logged (`setting_not_supported`) and",
      "the default taken; `SPOOR_STRICT=1` makes that an error too. An empty variable is as good as none.", "",
      "Durations are `Duration` in code and whole milliseconds in variables. A list has commas between its elements.",
    ]
    for group in Settings.groups {
      lines += [
        "", "## \(group.title)", "", "| name in code | variable | default | unit | limits | |",
        "|---|---|---|---|---|---|",
      ]
      for setting in group.settings {
        let cells = [
          setting.property.map { "`\($0)`" } ?? "–", setting.variable.map { "`\($0)`" } ?? "–", setting.defaultText,
          setting.unit, setting.limits, setting.summary,
        ]
        lines.append("| \(cells.joined(separator: " | ").replacing("| |", with: "|  |")) |")
      }
    }
    lines += [
      "", "## Not supported", "", "OpenTelemetry's, and what does it here:", "", "| variable | instead |", "|---|---|",
    ]
    lines += Settings.unsupported.map { "| `\($0.variable)` | \($0.instead) |" }
    return lines.joined(separator: "\n") + "\n"
  }
}
