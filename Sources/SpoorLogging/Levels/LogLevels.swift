// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
package import Logging
package import SpoorBase
internal import SpoorJournal

/// The lowest level that is written for each label. It can be changed at run time.
///
/// The latest change takes precedence, then the rules in their order, then the default. Existing loggers follow at
/// once, except one whose own `logLevel` was set.
package final class LogLevels: Sendable {
  /// A level for the labels that match a pattern.
  package struct Rule: Sendable, Hashable {
    package var pattern: NamePattern
    package var level: Logger.Level
    package init(_ pattern: NamePattern, _ level: Logger.Level) {
      self.pattern = pattern
      self.level = level
    }
  }

  /// The level of one label. Each log call reads it, so it is a single atomic load.
  @safe
  final class Cell: @unchecked Sendable {  // One word, accessed only by atomic instructions.
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

  /// The maximum number of labels that follow changes. Labels are usually constants. If a program generates them, the
  /// oldest loggers stop following changes, so that memory does not grow.
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

  /// The current level of a label.
  package func level(of label: String) -> Logger.Level { state.withLock { level(of: label, $0) } }

  private func level(of label: String, _ state: State) -> Logger.Level {
    let rule = state.changes.last { $0.pattern.matches(label) } ?? rules.first { $0.pattern.matches(label) }
    let level = rule?.level ?? standard
    return state.isVerbose ? min(level, .debug) : level
  }

  /// Changes the level of the labels that match the pattern; `nil` restores the configured level.
  package func set(_ level: Logger.Level?, for pattern: NamePattern) {
    state.withLock { state in
      state.changes.removeAll { $0.pattern == pattern || pattern.description == "*" }
      if let level { state.changes.append(Rule(pattern, level)) }
      update(state)
    }
  }

  /// Switches all labels to `debug` or back to the configured levels. Returns whether `debug` is now on.
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
  /// The position among all levels, from 0.
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
