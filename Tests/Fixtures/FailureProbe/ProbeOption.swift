// SPDX-License-Identifier: Apache-2.0

import Foundation
import Spoor

/// An option that is set in code, as `PROBE_OPTION` says: `stacks.capture=off`.
enum ProbeOption {
  static func apply(to configuration: inout SpoorConfiguration) {
    let parts = (ProcessInfo.processInfo.environment["PROBE_OPTION"] ?? "").split(separator: "=").map(String.init)
    guard parts.count == 2 else { return }
    let value = parts[1]
    switch parts[0] {
    case "stacks.capture":
      configuration.stacks.capture = value == "off" ? .off : value == "always" ? .always : .activeSpan
    case "stacks.onePer": configuration.stacks.onePer = Int(value)
    case "stacks.names":
      configuration.stacks.names =
        switch value {
        case "off": .off
        case "functions": .functions
        case "lines": .lines
        default: .inlined
        }
    case "stacks.patience": configuration.stacks.patience = Int(value).map { .milliseconds($0) }
    case "failures.recordsCrashes": configuration.failures.recordsCrashes = value == "1"
    default: exit(2)
    }
  }
}
