/// A scenario of the worked example: it runs alone, shows what happened, and checks it.
protocol Case: Sendable {
  /// What `order-flow run` calls it.
  static var name: String { get }
  /// One line for the list of cases.
  static var summary: String { get }

  /// The services that run before ``play(on:)`` begins.
  static var services: [ServiceRole] { get }

  init()

  /// Plays the scenario on processes that run.
  func play(on stage: Stage) async throws -> Report
}

extension Case {
  static var services: [ServiceRole] { ServiceRole.allCases }

  static var summaryLine: String { "\(name): \(summary)" }
}

/// All cases, in the order in which the README tells them.
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
