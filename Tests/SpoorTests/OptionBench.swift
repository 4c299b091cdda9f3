// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor

/// How an option is set.
enum Way: String, Sendable, CaseIterable {
  case code, environment
}

/// An option of the table, and what shows from outside that it does what its row says.
struct OptionEffect: Sendable {
  /// The property, or the variable where there is no property.
  let option: String
  let check: @Sendable (Way) async throws -> Void

  init(_ option: String, _ check: @escaping @Sendable (Way) async throws -> Void) {
    self.option = option
    self.check = check
  }

  /// The ways in which the row can be set.
  var ways: [Way] {
    guard let row = Settings.all.first(where: { $0.key == option }) else { return [] }
    return (row.property == nil ? [] : [.code]) + (row.variable == nil ? [] : [.environment])
  }
}

extension SettingRow {
  /// What the row is called here.
  var key: String { property ?? variable ?? "" }
}

/// Systems with a collector, a log file and a directory of their own, in which one option is set.
final class OptionBench: Sendable {
  let server: SocketServer
  let folder = FileManager.default.temporaryDirectory.appending(path: "spoor-option-\(UUID().uuidString)")
  let way: Way

  init(
    _ way: Way, _ reply: @escaping @Sendable (SocketServer.Request) -> SocketServer.Reply = { _ in .answer(202) }
  ) throws {
    self.way = way
    server = try SocketServer(reply)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var url: String { "http://127.0.0.1:\(server.port)/api/v2/spans" }
  var logFile: String { folder.appending(path: "log").path }

  /// A system with the option set in this bench's way.
  ///
  /// - Parameters:
  ///   - variables: how the option is set in the environment.
  ///   - others: further variables, in both ways.
  ///   - code: how the option is set in code.
  func system(
    _ variables: [String: String], others: [String: String] = [:], _ code: (inout SpoorConfiguration) -> Void
  ) throws -> SpoorSystem {
    var environment = [
      "OTEL_SERVICE_NAME": "option", "OTEL_EXPORTER_ZIPKIN_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "10",
      "SPOOR_JOURNAL_DIR": "off", "SPOOR_JOURNAL_BYTES": "4194304", "SPOOR_LOG_FORMAT": "json",
      "SPOOR_LOG_DESTINATIONS": logFile, "SPOOR_LOG_PATIENCE": "30000",
    ].merging(others) { $1 }
    var configuration = SpoorConfiguration()
    switch way {
    case .code:
      for name in variables.keys { environment[name] = nil }
      code(&configuration)
    case .environment: environment.merge(variables) { $1 }
    }
    return try SpoorSystem(ResolvedConfiguration(configuration, environment: environment))
  }

  /// Runs a system and shuts it down.
  @discardableResult
  func run(
    _ variables: [String: String], others: [String: String] = [:], timeout: Duration = .seconds(60),
    _ code: (inout SpoorConfiguration) -> Void, work: (SpoorSystem) async throws -> Void
  ) async throws -> SpoorSystem.ShutdownReport {
    let system = try system(variables, others: others, code)
    try await work(system)
    let report = await system.shutdown(timeout: timeout)
    system.endForTesting()
    return report
  }

  // MARK: What is seen

  var text: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }
  var lines: [[String: Any]] { text.split(separator: "\n").compactMap { try? DecodedJSON.object($0) } }
  func lines(_ event: String) -> [[String: Any]] { lines.filter { $0["event"] as? String == event } }
  func line(_ event: String) -> [String: Any]? { lines(event).first }
  var spans: [[String: Any]] { server.requests.flatMap { (try? DecodedJSON.objects($0.body)) ?? [] } }
  var names: Set<String> { Set(spans.compactMap { $0["name"] as? String }) }
  func span(_ name: String) throws -> [String: Any] {
    try #require(spans.first { $0["name"] as? String == name }, "\(spans)")
  }
  func hasEvent(_ event: String, _ span: String) throws -> Bool {
    (try self.span(span)["annotations"] as? [[String: Any]] ?? []).contains {
      ($0["value"] as? String)?.hasPrefix("\"\(event)\"") == true
    }
  }
  func tags(_ name: String) throws -> [String: String] { try span(name)["tags"] as? [String: String] ?? [:] }
}
