// SPDX-License-Identifier: Apache-2.0

/// A scenario of the worked example. It runs alone, shows what happened, and checks it.
protocol Case: Sendable {
  /// The name for `order-flow run`.
  static var name: String { get }
  /// A line for the list of cases.
  static var summary: String { get }

  /// The services that are started before ``play(on:)`` is called.
  static var services: [ServiceRole] { get }

  init()

  /// Plays the scenario on the running processes.
  func play(on stage: Stage) async throws -> Report
}

extension Case {
  static var services: [ServiceRole] { ServiceRole.allCases }

  static var summaryLine: String { "\(name): \(summary)" }
}

/// All cases, in the order of the README.
enum Cases {
  static let all: [any Case.Type] = [
    TraceCase.self, LogRecordCase.self, ValidationCase.self, PoolStarvationCase.self, PoolPoisonCase.self,
    PoolFixedCase.self, DeferCase.self, RecoverCase.self, BeyondRecoveryCase.self, SlowDecisionsCase.self,
    CachePenetrationCase.self,
    HotKeyCase.self, SharedStateCase.self, TaskRecoveryCase.self, JournalReplayCase.self,
    CollectorOutageCase.self, DrillCase.self,
  ]

  static func named(_ name: String) -> (any Case.Type)? {
    all.first { $0.name == name }
  }
}
