// SPDX-License-Identifier: Apache-2.0

/// Parses queries.
public enum QueryParser {
  /// Parses the arguments of a command. Each is a term, a quoted query, or a part of one.
  ///
  /// - Parameters:
  ///   - arguments: the arguments as the shell passes them.
  ///   - ignoresCase: whether the case of letters is ignored in words, values and patterns.
  ///   - now: microseconds since 1970, for values like `-1h`.
  /// - Throws: ``QueryError`` if the query is invalid.
  public static func parse(_ arguments: [String], ignoresCase: Bool = false, now: Int64) throws(QueryError) -> LogQuery
  {
    var tokens: [Token] = []
    for argument in arguments { try tokens += Self.tokens(argument) }
    guard !tokens.isEmpty else { return .everything }
    var parser = Parser(tokens: tokens, ignoresCase: ignoresCase, now: now)
    let query = try parser.disjunction()
    guard parser.position == tokens.count else {
      throw QueryError(
        "a ) has no ( before it; put a text with parentheses into quotes inside the argument: '\"f(x)\"'")
    }
    return query
  }

  enum Token: Hashable {
    case open, close, and, or, not
    case field(String, FieldTest.Comparison, String)
    case word(String)
    /// A quoted text, which is never an id.
    case quoted(String)
  }

  // MARK: Tokens

  private static let comparisons: [(String, FieldTest.Comparison)] = [
    ("==", .equal), ("!=", .unequal), ("<>", .unequal), ("!~", .matchesNot), ("=~", .matches), ("<=", .lessOrEqual),
    (">=", .greaterOrEqual), ("=", .equal), ("<", .less), (">", .greater), ("~", .matches), (":", .equal),
  ]

  private static func tokens(_ argument: String) throws(QueryError) -> [Token] {
    // In `message=payment failed` as one argument, the rest belongs to the value, unless it looks like a query.
    if let whole = wholeField(argument) { return [whole] }
    var tokens: [Token] = []
    var rest = argument[...]
    while let character = rest.first {
      if character.isWhitespace {
        rest.removeFirst()
      } else if character == "(" {
        tokens.append(.open)
        rest.removeFirst()
      } else if character == ")" {
        tokens.append(.close)
        rest.removeFirst()
      } else if rest.hasPrefix("!(") {
        tokens.append(.not)
        rest.removeFirst()
      } else if rest.hasPrefix("&&") || rest.hasPrefix("||") {
        tokens.append(rest.hasPrefix("&&") ? .and : .or)
        rest = rest.dropFirst(2)
      } else {
        try tokens.append(term(&rest))
      }
    }
    return tokens
  }

  /// The argument as one condition, if its value has spaces and nothing in it looks like a further term.
  private static func wholeField(_ argument: String) -> Token? {
    guard let (name, comparison, value) = field(argument[...]), value.contains(where: \.isWhitespace),
      value.first != "\"", value.first != "'", !value.contains(where: { $0 == "(" || $0 == ")" })
    else { return nil }
    let words = value.split(whereSeparator: \.isWhitespace)
    let isQuery = words.dropFirst().contains { word in
      ["and", "or", "not", "&&", "||"].contains(word.lowercased()) || field(word) != nil
    }
    return isQuery ? nil : .field(name, comparison, String(value))
  }

  /// The name, the comparison and the rest; `nil` if the text does not begin with a name and a comparison.
  private static func field(_ text: Substring) -> (String, FieldTest.Comparison, Substring)? {
    let name = text.prefix { character in
      character.isLetter || character.isNumber || "_.-@/[]".contains(character)
    }
    guard let first = name.first, first.isLetter || first == "_" || first == "@" else { return nil }
    let rest = text[name.endIndex...]
    guard let (symbol, comparison) = comparisons.first(where: { rest.hasPrefix($0.0) }) else { return nil }
    let value = rest.dropFirst(symbol.count)
    // `http://host` and `12:30` are words.
    if symbol == ":", value.hasPrefix("/") || value.isEmpty || value.first?.isWhitespace == true { return nil }
    return (String(name), comparison, value)
  }

  private static func term(_ rest: inout Substring) throws(QueryError) -> Token {
    if rest.first == "\"" || rest.first == "'" { return .quoted(try quotedText(&rest)) }
    guard let (name, comparison, value) = field(rest) else {
      let word = rest.prefix { !$0.isWhitespace && $0 != ")" && $0 != "(" }
      rest = rest[word.endIndex...]
      switch word.lowercased() {
      case "and": return .and
      case "or": return .or
      case "not": return .not
      default: return .word(String(word))
      }
    }
    rest = value
    if value.first == "\"" || value.first == "'" { return .field(name, comparison, try quotedText(&rest)) }
    // A pattern may have parentheses; elsewhere a closing one ends the value.
    var depth = 0
    let text = rest.prefix { character in
      if character == "(" { depth += 1 }
      if character == ")" {
        if depth == 0 { return false }
        depth -= 1
      }
      return !character.isWhitespace
    }
    rest = rest[text.endIndex...]
    return .field(name, comparison, String(text))
  }

  private static func quotedText(_ rest: inout Substring) throws(QueryError) -> String {
    let quote = rest.removeFirst()
    var text = ""
    while let character = rest.popFirst() {
      if character == quote { return text }
      if character == "\\", let next = rest.first, next == quote || next == "\\" {
        rest.removeFirst()
        text.append(next)
      } else {
        text.append(character)
      }
    }
    throw QueryError("a quoted text needs a second \(quote), but ends in \(text.suffix(20))")
  }

  // MARK: Grammar

  private struct Parser {
    let tokens: [Token]
    let ignoresCase: Bool
    let now: Int64
    var position = 0
    var depth = 0

    var next: Token? { position < tokens.count ? tokens[position] : nil }

    mutating func disjunction() throws(QueryError) -> LogQuery {
      var queries = [try conjunction()]
      while next == .or {
        position += 1
        queries.append(try conjunction())
      }
      return queries.count == 1 ? queries[0] : .any(queries)
    }

    mutating func conjunction() throws(QueryError) -> LogQuery {
      var query = try negation()
      while let token = next, token != .or, token != .close {
        if token == .and { position += 1 }
        query = query.and(try negation())
      }
      return query
    }

    mutating func negation() throws(QueryError) -> LogQuery {
      guard depth < 64 else { throw QueryError("a query needs fewer than 64 levels of parentheses, but has more") }
      depth += 1
      defer { depth -= 1 }
      switch next {
      case .not?:
        position += 1
        return .not(try negation())
      case .open?:
        position += 1
        let query = try disjunction()
        guard next == .close else { throw QueryError("a ( needs a ) after it, but the query ends") }
        position += 1
        return query
      case .field(let name, let comparison, let value)?:
        position += 1
        return .field(try FieldTest(name, comparison, value, ignoresCase: ignoresCase, now: now))
      case .quoted(let text)?:
        position += 1
        return .text(TextTest(text, ignoresCase: ignoresCase))
      case .word(let word)?:
        position += 1
        return try term(word)
      case .and?: throw QueryError("and needs a condition before it; to search for the word, quote it: '\"and\"'")
      case .or?: throw QueryError("or needs a condition before it; to search for the word, quote it: '\"or\"'")
      case .close?: throw QueryError("a ) has no ( before it")
      case nil: throw QueryError("the query needs a condition after its last and, or, not or (, but ends")
      }
    }

    /// A word: an id, a traceparent, or text.
    private func term(_ word: String) throws(QueryError) -> LogQuery {
      if word.hasPrefix("-"), word.count > 1 {
        throw QueryError("\(word) is not an option; to search for it, quote it: '\"\(word)\"'")
      }
      let parts = word.split(separator: "-", omittingEmptySubsequences: false)
      if parts.count == 4, parts[1].isID(32), parts[2].isID(16), parts[0].count == 2 {
        return .trace(parts[1].lowercased())
      }
      let digits = Substring(word)
      if (8...32).contains(word.count), digits.isID(word.count), word.contains(where: \.isNumber) || word.count >= 16 {
        return .trace(word.lowercased())
      }
      return .text(TextTest(word, ignoresCase: ignoresCase))
    }
  }
}

extension Substring {
  /// Whether the text consists of exactly this many hexadecimal digits.
  fileprivate func isID(_ count: Int) -> Bool { self.count == count && utf8.allSatisfy { UInt8.isHexDigit($0) } }
}

extension UInt8 {
  fileprivate static func isHexDigit(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
  }
}
