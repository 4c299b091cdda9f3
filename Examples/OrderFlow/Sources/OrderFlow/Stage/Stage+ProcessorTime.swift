// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Stage {
  /// Processor time of the running services since they started, in steps of the system's clock (10 ms); zero if the
  /// system does not report it.
  func processorTime() throws -> Duration {
    var ticks = 0
    for role in ServiceRole.allCases {
      guard let process = try? process(of: role),
        let text = try? String(contentsOfFile: "/proc/\(process.identifier)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { continue }
      // proc_pid_stat(5), fields 14 and 15; field 3 is the first one after the name.
      let fields = text[text.index(after: end)...].split(separator: " ")
      guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { continue }
      ticks += user + system
    }
    return .seconds(Double(ticks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK)))))
  }
}

/// How this binary was built.
enum Build {
  /// `debug` or `release`.
  static var name: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}
