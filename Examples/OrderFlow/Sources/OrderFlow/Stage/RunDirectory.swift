// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The directory of a run: the log of each process, the databases, and the processes' ports.
struct RunDirectory: Sendable {
  let path: String

  /// A directory that exists.
  init(path: String) {
    self.path = path
  }

  /// Creates a new directory such as `order-flow/20231107-142301-4711` in the temporary directory, with access for its
  /// owner only.
  static func new() throws -> RunDirectory {
    let formatter = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().time(includingFractionalSeconds: false)
      .dateSeparator(.omitted).timeSeparator(.omitted).dateTimeSeparator(.space)
    let stamp = formatter.format(Date()).replacing(" ", with: "-")
    let path =
      FileManager.default.temporaryDirectory.path + "/order-flow/\(stamp)-\(ProcessInfo.processInfo.processIdentifier)"
    return try RunDirectory(path: path).made()
  }

  /// Creates the directory if it is missing.
  func made() throws -> RunDirectory {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return self
  }

  /// The log of a process: its standard output, one JSON object per line.
  func log(of name: String) -> String { "\(path)/\(name).log" }
  /// The standard error of a process.
  func errors(of name: String) -> String { "\(path)/\(name).stderr" }
  /// The logs of all services, as a shell pattern.
  var allLogs: String { "\(path)/*.log" }

  /// The journal directory of a process.
  func journal(of name: String) -> String { "\(path)/journal/\(name)" }

  /// The orders' database: a link to the current one of two.
  var orderDatabase: String { "\(path)/orders.current" }
  /// The first database.
  var orderPrimary: String { "\(path)/orders.sqlite" }
  /// The replica, which takes over in a switch.
  var orderReplica: String { "\(path)/orders-replica.sqlite" }
  var stockDatabase: String { "\(path)/stock.sqlite" }

  /// Creates the link to the orders' primary, unless it exists.
  func placeOrderDatabase() throws {
    do {
      try FileManager.default.createSymbolicLink(
        atPath: orderDatabase, withDestinationPath: URL(filePath: orderPrimary).lastPathComponent)
    } catch let error as CocoaError where error.code == .fileWriteFileExists {
      // Another process was faster.
    }
  }

  /// Stores the port of `name` in a file that appears as a whole.
  func announce(_ name: String, port: Int) throws {
    try Data("\(port)".utf8).write(to: URL(filePath: portFile(name)), options: .atomic)
  }

  /// The port of `name`, or `nil` until it listens.
  func port(of name: String) -> Int? {
    guard let data = FileManager.default.contents(atPath: portFile(name)) else { return nil }
    return Int(String(decoding: data, as: UTF8.self))
  }

  /// Removes the port of a process that is about to be restarted.
  func forgetPort(of name: String) {
    try? FileManager.default.removeItem(atPath: portFile(name))
  }

  private func portFile(_ name: String) -> String { "\(path)/\(name).port" }
}
