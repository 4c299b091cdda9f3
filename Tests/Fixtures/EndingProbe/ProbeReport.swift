// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The probe's findings as JSON, in the file that `PROBE_REPORT` names, because standard output may be stuck.
enum ProbeReport {
  static func write(_ report: [String: Any]) {
    guard let path = ProcessInfo.processInfo.environment["PROBE_REPORT"],
      let data = try? JSONSerialization.data(withJSONObject: report)
    else { return }
    try? data.write(to: URL(filePath: path))
  }
}
