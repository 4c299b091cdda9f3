// SPDX-License-Identifier: Apache-2.0

/// A regular expression that runs all alternatives at once (Thompson's construction, Pike's machine). The time is at
/// most the product of the lengths of text and expression.
struct PatternProgram: Sendable {
  /// One step of the machine.
  enum Instruction: Sendable {
    /// Consumes one character of the class.
    case take(PatternClass)
    /// Continues at both instructions, preferring the first.
    case fork(Int, Int)
    case jump(Int)
    /// Continues only if the assertion holds.
    case check(Assertion)
    case match
  }

  enum Assertion: Sendable { case start, end, wordBorder, noWordBorder }

  /// The maximum number of instructions, because a short text can expand to very many: `(a{1000}){1000}`.
  static let maximumInstructions = 4000

  let instructions: [Instruction]
  /// The ASCII characters that a match can begin with; nil if it can begin with other characters too.
  private let firstCharacters: PatternClass?

  init(_ pattern: String) throws(PatternSyntaxError) {
    var parser = PatternParser(pattern)
    instructions = try parser.parse()
    firstCharacters = Self.first(of: instructions)
  }

  /// The limit of work for one text.
  struct Budget {
    /// The remaining steps; the initial number takes about 3 ms.
    var steps = 500_000
  }

  enum Outcome: Equatable {
    case none
    case match(Range<Int>)
    /// The budget is used up.
    case exhausted
  }

  /// Whether any character of the text can begin a match.
  func mayMatch(_ text: [Unicode.Scalar]) -> Bool {
    guard let firstCharacters else { return true }
    return text.contains { firstCharacters.contains($0) }
  }

  func firstMatch(in text: [Unicode.Scalar], from start: Int) -> Outcome {
    var budget = Budget()
    return firstMatch(in: text, from: start, &budget)
  }

  /// The first match at or after `start`; of several that begin at the same character, the one that the expression
  /// prefers.
  func firstMatch(in text: [Unicode.Scalar], from start: Int, _ budget: inout Budget) -> Outcome {
    var now = Threads(instructions.count)
    var next = Threads(instructions.count)
    var found: Range<Int>?
    var position = start
    while true {
      if found == nil {
        if now.isEmpty, let firstCharacters {
          while position < text.count, !firstCharacters.contains(text[position]) { position += 1 }
        }
        add(0, from: position, at: position, text, to: &now, &budget)
      }
      if now.isEmpty { break }
      budget.steps -= now.count
      guard budget.steps > 0 else { return .exhausted }
      next.removeAll()
      run: for index in 0..<now.count {
        let (place, began) = now[index]
        switch instructions[place] {
        case .take(let characters):
          guard position < text.count, characters.contains(text[position]) else { continue }
          add(place + 1, from: began, at: position + 1, text, to: &next, &budget)
        case .match:
          found = began..<position
          break run  // The remaining threads are less preferred.
        case .fork, .jump, .check: continue
        }
      }
      swap(&now, &next)
      if position >= text.count { break }
      position += 1
    }
    return found.map(Outcome.match) ?? .none
  }

  /// Adds an instruction and all that can be reached from it without consuming a character, in order of preference.
  private func add(
    _ place: Int, from began: Int, at position: Int, _ text: [Unicode.Scalar], to threads: inout Threads,
    _ budget: inout Budget
  ) {
    var stack = [place]
    while let place = stack.popLast() {
      budget.steps -= 1
      guard threads.insert(place, began) else { continue }
      switch instructions[place] {
      case .jump(let target): stack.append(target)
      case .fork(let first, let second):
        stack.append(second)
        stack.append(first)
      case .check(let assertion) where Self.holds(assertion, text, position): stack.append(place + 1)
      case .check, .take, .match: break
      }
    }
  }

  private static func holds(_ assertion: Assertion, _ text: [Unicode.Scalar], _ position: Int) -> Bool {
    let before = position > 0 && PatternClass.word.contains(text[position - 1])
    let after = position < text.count && PatternClass.word.contains(text[position])
    return switch assertion {
    case .start: position == 0
    case .end: position == text.count
    case .wordBorder: before != after
    case .noWordBorder: before == after
    }
  }

  /// The characters that a match can begin with; nil if that is not a known set.
  private static func first(of instructions: [Instruction]) -> PatternClass? {
    var result = PatternClass()
    var seen = Set<Int>()
    var stack = [0]
    while let place = stack.popLast() {
      guard seen.insert(place).inserted else { continue }
      switch instructions[place] {
      case .take(let characters): result.formUnion(characters)
      case .jump(let target): stack.append(target)
      case .fork(let first, let second): stack += [first, second]
      case .check: stack.append(place + 1)
      case .match: return nil
      }
    }
    return result
  }

  /// The current instructions of the machine, each once, the most preferred first.
  private struct Threads {
    private var places: [Int32] = []
    private var began: [Int] = []
    private var index: [Int32]

    init(_ capacity: Int) { index = Array(repeating: 0, count: capacity) }

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    subscript(position: Int) -> (place: Int, began: Int) { (Int(places[position]), began[position]) }

    mutating func insert(_ place: Int, _ start: Int) -> Bool {
      let at = Int(index[place])
      if at < places.count, places[at] == place { return false }
      index[place] = Int32(places.count)
      places.append(Int32(place))
      began.append(start)
      return true
    }

    mutating func removeAll() {
      places.removeAll(keepingCapacity: true)
      began.removeAll(keepingCapacity: true)
    }
  }
}

/// A set of characters: ASCII as bits, the others as ranges.
struct PatternClass: Sendable, Hashable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  private var others: [ClosedRange<UInt32>] = []

  static let digit = PatternClass("0"..."9")
  static let word = PatternClass("0"..."9", "a"..."z", "A"..."Z", "_"..."_")
  static let space = PatternClass(" "..." ", "\t"..."\r")
  static let all = PatternClass("\0"..."\u{10FFFF}")
  static let notLineEnd = PatternClass("\n"..."\n", "\r"..."\r").inverted

  init(_ ranges: ClosedRange<Unicode.Scalar>...) { for range in ranges { insert(range) } }

  mutating func insert(_ range: ClosedRange<Unicode.Scalar>) {
    var value = range.lowerBound.value
    while value < 128, value <= range.upperBound.value {
      if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
      value += 1
    }
    if range.upperBound.value >= 128 { others.append(max(range.lowerBound.value, 128)...range.upperBound.value) }
  }

  mutating func formUnion(_ other: PatternClass) {
    low |= other.low
    high |= other.high
    others += other.others
  }

  var inverted: PatternClass {
    var result = PatternClass()
    result.low = ~low
    result.high = ~high
    var next: UInt32 = 128
    for range in others.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.others.append(next...range.lowerBound - 1) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { result.others.append(next...0x10FFFF) }
    return result
  }

  /// The class with both cases of its ASCII letters.
  var ignoringCase: PatternClass {
    var result = self
    let letters: UInt64 = 0x07FF_FFFE
    result.high |= (high & letters) << 32 | (high >> 32) & letters
    return result
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 64 { return low >> UInt64(value) & 1 != 0 }
    if value < 128 { return high >> UInt64(value - 64) & 1 != 0 }
    return others.contains { $0.contains(value) }
  }
}
