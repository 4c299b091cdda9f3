// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorTerminal

/// Whether to colour, and how wide the terminal is.
struct TerminalOptions: ParsableArguments {
  enum When: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

  @Option(help: "Colour: auto (only on a terminal, and not with NO_COLOR), always, never.")
  var color: When = .auto

  var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  var style: TerminalStyle {
    let refused = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let dumb = ProcessInfo.processInfo.environment["TERM"] == "dumb"
    return TerminalStyle(isColoured: color == .always || (color == .auto && isTerminal && !refused && !dumb))
  }

  /// Columns for bars: the terminal's, 80 without one.
  var columns: Int {
    var size = winsize()
    guard isTerminal, unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
