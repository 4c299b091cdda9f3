// SPDX-License-Identifier: Apache-2.0

/// A chart of numbers over time as SVG, without scripts and fonts, for light and dark backgrounds.
struct Chart: Sendable {
  /// How points are drawn: a line or dots.
  struct Series: Sendable {
    enum Style: Sendable { case line, dots }

    let name: String
    let style: Style
    /// Seconds and values.
    let points: [(x: Double, y: Double)]
  }

  let title: String
  /// The unit of the values, such as `orders` or `ms`.
  let unit: String
  var series: [Series] = []

  private static let colours = ["#c2410c", "#0369a1", "#a16207", "#4d7c0f"]
  private static let width = 720.0
  private static let height = 260.0
  private static let left = 56.0
  private static let right = 12.0
  private static let top = 48.0
  private static let bottom = 34.0

  var svg: String {
    let all = series.flatMap(\.points)
    let end = max(1, all.map(\.x).max() ?? 1)
    let most = Self.roundAbove(all.map(\.y).max() ?? 1)
    func x(_ value: Double) -> String {
      (Self.left + value / end * (Self.width - Self.left - Self.right)).rounded(toPlaces: 1)
    }
    func y(_ value: Double) -> String {
      (Self.height - Self.bottom - value / most * (Self.height - Self.top - Self.bottom)).rounded(toPlaces: 1)
    }
    var lines = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
      font-family="system-ui, sans-serif" font-size="12">
      <title>\(Self.escaped(title))</title>
      <style>svg{background:#fff;color:#222}@media(prefers-color-scheme:dark){svg{background:#18181b;color:#ddd}}</style>
      <text x="\(Int(Self.left))" y="18" fill="currentColor" font-weight="600">\(Self.escaped(title))</text>
      """
    ]
    for step in 0...4 {
      let value = most * Double(step) / 4
      lines.append(
        """
        <path d="M\(x(0)) \(y(value))H\(x(end))" stroke="currentColor" stroke-opacity="0.15"/>\
        <text x="\(Int(Self.left) - 6)" y="\(y(value))" dy="4" text-anchor="end" fill="currentColor">\(Self.short(value))</text>
        """)
    }
    lines.append(
      """
      <text x="\(x(0))" y="\(Int(Self.height) - 12)" fill="currentColor">0 s</text>\
      <text x="\(x(end))" y="\(Int(Self.height) - 12)" text-anchor="end" fill="currentColor">\(Self.short(end)) s</text>
      """)
    var legend = Self.left
    for (index, one) in series.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      switch one.style {
      case .line:
        let path = one.points.map { "\(x($0.x)) \(y($0.y))" }.joined(separator: "L")
        if !path.isEmpty {
          lines.append("<path d=\"M\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.8\"/>")
        }
      case .dots:
        lines.append("<g fill=\"\(colour)\" fill-opacity=\"0.7\">")
        lines += one.points.map { "<circle cx=\"\(x($0.x))\" cy=\"\(y($0.y))\" r=\"2\"/>" }
        lines.append("</g>")
      }
      let name = "\(one.name), \(unit)"
      lines.append(
        """
        <rect x="\(Int(legend))" y="28" width="10" height="10" fill="\(colour)"/>\
        <text x="\(Int(legend) + 15)" y="37" fill="currentColor">\(Self.escaped(name))</text>
        """)
      legend += 34 + Double(name.count) * 6.6
    }
    return (lines + ["</svg>", ""]).joined(separator: "\n")
  }

  /// The smallest of 1, 2 and 5 times a power of ten that is not below `value`.
  private static func roundAbove(_ value: Double) -> Double {
    var unit = 1.0
    while unit * 10 < value { unit *= 10 }
    return [1, 2, 5, 10].map { $0 * unit }.first { $0 >= value } ?? value
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() ? value.rounded(toPlaces: 0) : value.rounded(toPlaces: 1)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }
}
