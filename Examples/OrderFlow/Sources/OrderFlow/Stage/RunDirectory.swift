#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The directory of one run: each process's log, the databases, and the ports that the processes found free.
struct RunDirectory: Sendable {
  let path: String

  /// A directory that exists.
  init(path: String) {
    self.path = path
  }

  /// Makes a new directory, `order-flow/20231107-142301-4711` below that for temporary files, only for its owner.
  static func new() throws -> RunDirectory {
    let formatter = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().time(includingFractionalSeconds: false)
      .dateSeparator(.omitted).timeSeparator(.omitted).dateTimeSeparator(.space)
    let stamp = formatter.format(Date()).replacing(" ", with: "-")
    let path =
      FileManager.default.temporaryDirectory.path + "/order-flow/\(stamp)-\(ProcessInfo.processInfo.processIdentifier)"
    return try RunDirectory(path: path).made()
  }

  /// The directory, made if it is missing.
  func made() throws -> RunDirectory {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return self
  }

  /// The records of one process, one JSON object a line: its standard output.
  func log(of name: String) -> String { "\(path)/\(name).log" }
  /// What a process wrote to standard error.
  func errors(of name: String) -> String { "\(path)/\(name).stderr" }
  /// The logs of all services.
  var allLogs: String { "\(path)/*.log" }

  /// Where a process keeps what it has not shipped.
  func journal(of name: String) -> String { "\(path)/journal/\(name)" }

  /// The orders' database: a link to the one of the two that counts.
  var orderDatabase: String { "\(path)/orders.current" }
  /// Counts at first.
  var orderPrimary: String { "\(path)/orders.sqlite" }
  /// Takes over in a switch.
  var orderReplica: String { "\(path)/orders-replica.sqlite" }
  var stockDatabase: String { "\(path)/stock.sqlite" }

  /// Makes the link to the orders' primary, unless there is one.
  func placeOrderDatabase() throws {
    do {
      try FileManager.default.createSymbolicLink(
        atPath: orderDatabase, withDestinationPath: URL(filePath: orderPrimary).lastPathComponent)
    } catch let error as CocoaError where error.code == .fileWriteFileExists {
      // Somebody was here before.
    }
  }

  /// Says that `name` listens on `port`: the file appears whole or not at all.
  func announce(_ name: String, port: Int) throws {
    try Data("\(port)".utf8).write(to: URL(filePath: portFile(name)), options: .atomic)
  }

  /// The port on which `name` listens; `nil` until it does.
  func port(of name: String) -> Int? {
    guard let data = FileManager.default.contents(atPath: portFile(name)) else { return nil }
    return Int(String(decoding: data, as: UTF8.self))
  }

  /// Forgets the port of a process that is to be started anew.
  func forgetPort(of name: String) {
    try? FileManager.default.removeItem(atPath: portFile(name))
  }

  private func portFile(_ name: String) -> String { "\(path)/\(name).port" }
}
