// SPDX-License-Identifier: Apache-2.0

/// What Swift's `defer` does and when. The incident began with a release at the wrong time.
struct DeferCase: Case {
  static let name = "defer"
  static let summary = "what defer does, when it runs, and what it costs"
  static let services: [ServiceRole] = []

  func play(on stage: Stage) async throws -> Report {
    var report = Report()
    var table = Table("rule", "events, in order")
    func row(_ rule: String, _ found: [String], equals expected: [String]) {
      table.add(rule, found.joined(separator: ", "))
      report.expect(rule, found, equals: expected)
    }
    row("at the end of the scope", Self.atTheEnd(), equals: ["body", "deferred", "after the scope"])
    row("last one first", Self.lastFirst(), equals: ["body", "third", "second", "first"])
    row("with the latest values", Self.latestValues(), equals: ["2"])
    row("at the end of each loop iteration", Self.eachTurn(), equals: ["turn 1", "end 1", "turn 2", "end 2"])
    row("also if the scope throws", Self.whenThrowing(), equals: ["released", "caught"])
    row("after the return value is known", Self.afterTheReturnValue(), equals: ["returned 1", "left 2"])
    row("not if it was not reached", Self.notReached(), equals: ["left early"])
    row(
      "at the end of an inner scope, not of the function", Self.innerScope(),
      equals: ["query", "released", "remote call"])

    let (with, without) = Self.cost()
    table.add("what it costs", "\(with) ns with defer, \(without) ns with a call (\(Build.name) build)")
    report.tables = [table]
    return report
  }

  private static func atTheEnd() -> [String] {
    var events: [String] = []
    do {
      defer { events.append("deferred") }
      events.append("body")
    }
    events.append("after the scope")
    return events
  }

  private static func lastFirst() -> [String] {
    var events: [String] = []
    func scope() {
      defer { events.append("first") }
      defer { events.append("second") }
      defer { events.append("third") }
      events.append("body")
    }
    scope()
    return events
  }

  private static func latestValues() -> [String] {
    var events: [String] = []
    func scope() {
      var value = 1
      defer { events.append("\(value)") }
      value = 2
    }
    scope()
    return events
  }

  private static func eachTurn() -> [String] {
    var events: [String] = []
    for turn in 1...2 {
      defer { events.append("end \(turn)") }
      events.append("turn \(turn)")
    }
    return events
  }

  private static func whenThrowing() -> [String] {
    var events: [String] = []
    func scope() throws {
      defer { events.append("released") }
      throw CancellationError()
    }
    do { try scope() } catch { events.append("caught") }
    return events
  }

  private static func afterTheReturnValue() -> [String] {
    var value = 1
    func scope() -> Int {
      defer { value = 2 }
      return value
    }
    let returned = scope()
    return ["returned \(returned)", "left \(value)"]
  }

  private static func notReached() -> [String] {
    var events: [String] = []
    func scope(leavesEarly: Bool) {
      if leavesEarly {
        events.append("left early")
        return
      }
      defer { events.append("released") }
      events.append("body")
    }
    scope(leavesEarly: true)
    return events
  }

  /// The repair of the incident's first flaw: a connection that only a part of the function needs is returned at the
  /// end of that part.
  private static func innerScope() -> [String] {
    var events: [String] = []
    func scope() {
      do {
        defer { events.append("released") }
        events.append("query")
      }
      events.append("remote call")
    }
    scope()
    return events
  }

  /// The best of several rounds, in nanoseconds per call: with `defer`, and with an explicit call.
  private static func cost() -> (with: Int, without: Int) {
    var counter = Counter()
    let rounds = 100_000
    func best(_ body: () -> Void) -> Int {
      let clock = ContinuousClock()
      let times = (0..<7).map { _ in clock.measure { for _ in 0..<rounds { body() } } }
      let fastest = times.min() ?? .zero
      return Int(fastest.components.attoseconds / 1_000_000_000) / rounds
    }
    return (best { counter.workDeferring() }, best { counter.work() })
  }

  private struct Counter {
    private var count = 0
    private var released = 0

    @inline(never) mutating func workDeferring() {
      defer { release() }
      count &+= 1
    }

    @inline(never) mutating func work() {
      count &+= 1
      release()
    }

    @inline(never) private mutating func release() { released &+= 1 }
  }
}
