internal import CSpoor
package import Logging
package import SpoorJournal

/// Below which level records are not written, by label, and changed while the program runs.
///
/// What was changed last counts, then the rules in their order, then the default. Loggers that exist follow at once; one
/// whose own `logLevel` was set keeps it.
package final class LogLevels: Sendable {
  /// A level for the labels that are as the pattern says.
  package struct Rule: Sendable, Hashable {
    package var pattern: NamePattern
    package var level: Logger.Level
    package init(_ pattern: NamePattern, _ level: Logger.Level) {
      self.pattern = pattern
      self.level = level
    }
  }

  /// One label's level: read at each log call, so it is one load.
  @safe
  final class Cell: @unchecked Sendable {  // One word, only touched by atomic instructions.
    private let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

    init(_ level: Logger.Level) { unsafe word.initialize(to: level.number) }
    deinit { unsafe word.deallocate() }

    var level: Logger.Level {
      get { unsafe Logger.Level(number: spoor_load32_relaxed(word)) }
      set { unsafe spoor_store32_release(word, newValue.number) }
    }
  }

  private struct State: Sendable {
    var changes: [Rule] = []
    var isVerbose = false
    var cells: [String: Cell] = [:]
  }

  /// Labels are constants, usually. Where a program makes them up as it goes, loggers that were made before these many
  /// labels no longer follow changes; memory does not grow.
  private static let maximumCells = 4096

  private let standard: Logger.Level
  private let rules: [Rule]
  private let state = Locked(State())

  package init(standard: Logger.Level, rules: [Rule] = []) {
    self.standard = standard
    self.rules = rules
  }

  func cell(for label: String) -> Cell {
    state.withLock { state in
      if let cell = state.cells[label] { return cell }
      if state.cells.count >= Self.maximumCells { state.cells.removeAll() }
      let cell = Cell(level(of: label, state))
      state.cells[label] = cell
      return cell
    }
  }

  /// The level of a label as it is now.
  package func level(of label: String) -> Logger.Level { state.withLock { level(of: label, $0) } }

  private func level(of label: String, _ state: State) -> Logger.Level {
    let rule = state.changes.last { $0.pattern.matches(label) } ?? rules.first { $0.pattern.matches(label) }
    let level = rule?.level ?? standard
    return state.isVerbose ? min(level, .debug) : level
  }

  /// Changes the level of the labels that are as the pattern says; with nil, back to what was configured.
  package func set(_ level: Logger.Level?, for pattern: NamePattern) {
    state.withLock { state in
      state.changes.removeAll { $0.pattern == pattern || pattern.description == "*" }
      if let level { state.changes.append(Rule(pattern, level)) }
      update(state)
    }
  }

  /// Everything down to `debug`, or back. Returns which of the two.
  package func toggleVerbose() -> Bool {
    state.withLock { state in
      state.isVerbose.toggle()
      update(state)
      return state.isVerbose
    }
  }

  private func update(_ state: State) {
    for (label, cell) in state.cells { cell.level = level(of: label, state) }
  }
}

extension Logger.Level {
  /// Among all of them, from 0.
  var number: UInt32 {
    switch self {
    case .trace: 0
    case .debug: 1
    case .info: 2
    case .notice: 3
    case .warning: 4
    case .error: 5
    case .critical: 6
    }
  }

  fileprivate init(number: UInt32) {
    switch number {
    case 0: self = .trace
    case 1: self = .debug
    case 2: self = .info
    case 3: self = .notice
    case 4: self = .warning
    case 5: self = .error
    default: self = .critical
    }
  }
}
