// SPDX-License-Identifier: Apache-2.0

/// The answer of a tool before it is bounded: members that are always there, and lists that may be cut at their end.
struct Answer: Sendable {
  /// A list of the answer.
  struct List: Sendable {
    let name: String
    /// The items to show, the most important first.
    let items: [JSON]
    /// The number of items before the first one that the caller asked to skip.
    var offset = 0
    /// The number of all items, with those before and after ``items``; `nil` if they are exactly those.
    var total: Int?
    /// How to ask for what is left out, besides more bytes; `nil` if `offset` continues the list.
    var how: String?

    init(_ name: String, _ items: [JSON], offset: Int = 0, total: Int? = nil, how: String? = nil) {
      self.name = name
      self.items = items
      self.offset = offset
      self.total = total
      self.how = how
    }
  }

  var members: [JSON.Member] = []
  var lists: [List] = []
  /// What the reader must know of the sources: not reachable, not read to their end, not considered.
  var notes: [String] = []

  /// - Parameters:
  ///   - first: members that come before the others.
  ///   - members: a member without a value is left out.
  init(
    _ first: [JSON.Member] = [], members: KeyValuePairs<String, JSON?> = [:], lists: [List] = [], notes: [String] = []
  ) {
    self.members = first + members.compactMap { key, value in value.map { JSON.Member(key: key, value: $0) } }
    self.lists = lists
    self.notes = notes
  }
}

extension Answer.List {
  /// A page of a list that is known as a whole.
  static func page(_ name: String, _ all: [JSON], _ arguments: Arguments, limit: Int = 200) -> Answer.List {
    let offset = arguments.int("offset") ?? 0
    let items = Array(all.dropFirst(offset).prefix(arguments.int("limit") ?? limit))
    return Answer.List(name, items, offset: offset, total: all.count)
  }
}
