// SPDX-License-Identifier: Apache-2.0

internal import CLogText

/// Evaluates queries against JSON objects in memory: stored log records, and spans in the form of records.
///
/// One object is loaded at a time, and any number of queries is asked of it. It is used by one thread at a time.
public final class RecordMatcher {
  private let tape = JSONTape()
  private var text = PaddedBytes()
  private var view: LogView?

  /// Creates a matcher without a record.
  public init() {}

  /// Loads a JSON object; `false` if the bytes are not one, and then no query matches.
  public func load(_ json: [UInt8]) -> Bool {
    view = nil
    let bytes = unsafe text.set(json)
    guard unsafe tape.parse(bytes), tape.kind(JSONTape.root) == JSONTape.Kind.object else { return false }
    let view = LogView(tape)
    unsafe view.show(tape.keys(JSONTape.root), bytes)
    self.view = view
    return true
  }

  /// Whether the loaded record meets a query.
  public func matches(_ query: LogQuery) -> Bool { view.map { query.matches($0) } ?? false }

  /// The level of the loaded record by Spoor's name; `nil` if it has none that is known.
  public var level: String? { view?.level?.name }
}
