// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a regular expression that can be matched in linear time.
struct PatternSyntaxError: Error {
  let reason: String
}

/// Compiles a regular expression into the instructions of ``PatternProgram``.
struct PatternParser {
  private typealias Instruction = PatternProgram.Instruction

  /// The syntax tree of an expression.
  private indirect enum Node {
    case take(PatternClass)
    case check(PatternProgram.Assertion)
    case sequence([Node])
    case choice([Node])
    case `repeat`(Node, least: Int, most: Int?, isLazy: Bool)
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private var ignoresCase = false
  /// The number of nodes emitted so far, which also limits the repetition of nodes without instructions.
  private var emitted = 0

  /// Deeper groups are refused.
  private static let maximumDepth = 50
  private static let maximumCount = 1000

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  mutating func parse() throws(PatternSyntaxError) -> [PatternProgram.Instruction] {
    let node = try choice()
    guard position == scalars.count else { throw PatternSyntaxError(reason: "it has an unmatched \")\"") }
    var output: [Instruction] = []
    try emit(node, &output)
    output.append(.match)
    return output
  }

  // MARK: Reading

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  private mutating func take(_ text: String) -> Bool {
    guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  private mutating func choice() throws(PatternSyntaxError) -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw PatternSyntaxError(reason: "its groups are nested too deep") }
    let caseBefore = ignoresCase
    defer { ignoresCase = caseBefore }
    var alternatives = [try sequence()]
    while take("|") { alternatives.append(try sequence()) }
    return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
  }

  private mutating func sequence() throws(PatternSyntaxError) -> Node {
    var nodes: [Node] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if take("(?i)") {
        ignoresCase = true
        continue
      }
      nodes.append(try repeated(try atom()))
    }
    return .sequence(nodes)
  }

  private mutating func atom() throws(PatternSyntaxError) -> Node {
    let scalar = scalars[position]
    position += 1
    switch scalar {
    case "(": return try group()
    case "[": return .take(folded(try set()))
    case ".": return .take(.notLineEnd)
    case "^": return .check(.start)
    case "$": return .check(.end)
    case "\\": return try escape()
    case "*", "+", "?": throw PatternSyntaxError(reason: "\"\(scalar)\" has nothing before it to repeat")
    default: return .take(folded(PatternClass(scalar...scalar)))
    }
  }

  private func folded(_ set: PatternClass) -> PatternClass { ignoresCase ? set.ignoringCase : set }

  private mutating func group() throws(PatternSyntaxError) -> Node {
    let caseBefore = ignoresCase
    defer { ignoresCase = caseBefore }
    if take("?") {
      if take("i:") {
        ignoresCase = true
      } else if take("<"), next != "=", next != "!" {
        while let scalar = next, scalar != ">" { position += 1 }
        guard take(">") else { throw PatternSyntaxError(reason: "a group's name has no end") }
      } else if !take(":") {
        throw PatternSyntaxError(
          reason: "it looks ahead or behind or has an atomic group, which takes more than linear time")
      }
    }
    let node = try choice()
    guard take(")") else { throw PatternSyntaxError(reason: "a group has no end") }
    return node
  }

  private mutating func repeated(_ node: Node) throws(PatternSyntaxError) -> Node {
    var node = node
    while let scalar = next {
      let least: Int
      let most: Int?
      switch scalar {
      case "*": (least, most) = (0, nil)
      case "+": (least, most) = (1, nil)
      case "?": (least, most) = (0, 1)
      case "{":
        let start = position
        position += 1
        guard let counts = try counts() else {
          position = start
          return node  // A brace without a count is an ordinary character, which is read as the next atom.
        }
        (least, most) = counts
        position -= 1
      default: return node
      }
      position += 1
      if case .check = node { throw PatternSyntaxError(reason: "an assertion cannot be repeated") }
      let isLazy = take("?")
      if !isLazy, next == "+" { throw PatternSyntaxError(reason: "it repeats possessively, which is not supported") }
      node = .repeat(node, least: least, most: most, isLazy: isLazy)
    }
    return node
  }

  /// Reads `2}`, `2,}` or `2,5}`; nil for anything else.
  private mutating func counts() throws(PatternSyntaxError) -> (Int, Int?)? {
    guard let least = try number() else { return nil }
    if take("}") { return (least, least) }
    guard take(",") else { return nil }
    if take("}") { return (least, nil) }
    guard let most = try number(), take("}") else { return nil }
    guard most >= least else { throw PatternSyntaxError(reason: "{\(least),\(most)} counts backwards") }
    return (least, most)
  }

  private mutating func number() throws(PatternSyntaxError) -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar) {
      value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
      guard value ?? 0 <= Self.maximumCount else {
        throw PatternSyntaxError(reason: "it counts beyond \(Self.maximumCount)")
      }
      position += 1
    }
    return value
  }

  private mutating func escape() throws(PatternSyntaxError) -> Node {
    guard let scalar = next else { throw PatternSyntaxError(reason: "it ends in a backslash") }
    switch scalar {
    case "b":
      position += 1
      return .check(.wordBorder)
    case "B":
      position += 1
      return .check(.noWordBorder)
    case "A":
      position += 1
      return .check(.start)
    case "z", "Z":
      position += 1
      return .check(.end)
    case "1"..."9", "k": throw PatternSyntaxError(reason: "it refers to a group, which takes more than linear time")
    default: return .take(folded(try escapedClass()))
    }
  }

  /// Reads the class after a backslash, inside or outside a set.
  private mutating func escapedClass() throws(PatternSyntaxError) -> PatternClass {
    guard let scalar = next else { throw PatternSyntaxError(reason: "it ends in a backslash") }
    position += 1
    switch scalar {
    case "d": return .digit
    case "D": return PatternClass.digit.inverted
    case "w": return .word
    case "W": return PatternClass.word.inverted
    case "s": return .space
    case "S": return PatternClass.space.inverted
    case "n": return PatternClass("\n"..."\n")
    case "r": return PatternClass("\r"..."\r")
    case "t": return PatternClass("\t"..."\t")
    case "0": return PatternClass("\0"..."\0")
    case "x": return try hexadecimal(2)
    case "u": return try hexadecimal(4)
    case "a"..."z", "A"..."Z", "1"..."9": throw PatternSyntaxError(reason: "\"\\\(scalar)\" is not supported")
    default: return PatternClass(scalar...scalar)
    }
  }

  private mutating func hexadecimal(_ digits: Int) throws(PatternSyntaxError) -> PatternClass {
    var text = ""
    if take("{") {
      while let scalar = next, scalar != "}" {
        text.unicodeScalars.append(scalar)
        position += 1
      }
      position += 1
    } else {
      while text.count < digits, let scalar = next {
        text.unicodeScalars.append(scalar)
        position += 1
      }
    }
    guard let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else {
      throw PatternSyntaxError(reason: "\"\(text)\" is not the number of a character")
    }
    return PatternClass(scalar...scalar)
  }

  /// Reads a set after its `[`.
  private mutating func set() throws(PatternSyntaxError) -> PatternClass {
    let isInverted = take("^")
    var result = PatternClass()
    var isFirst = true
    while let scalar = next, isFirst || scalar != "]" {
      isFirst = false
      if take("[:") || (scalar == "[" && position + 1 < scalars.count && scalars[position + 1] == ":") {
        throw PatternSyntaxError(reason: "named classes as [:alpha:] are not supported")
      }
      if scalar == "&" || scalar == "-" || scalar == "~", scalars[position...].starts(with: [scalar, scalar]) {
        throw PatternSyntaxError(reason: "operations on sets are not supported")
      }
      let lower = try member()
      guard let lowest = lower.single, next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        result.formUnion(lower.set)
        continue
      }
      position += 1
      guard let highest = try member().single, lowest <= highest else {
        throw PatternSyntaxError(reason: "a range in a set ends before it begins")
      }
      result.insert(lowest...highest)
    }
    guard take("]") else { throw PatternSyntaxError(reason: "a set has no end") }
    if ignoresCase { result = result.ignoringCase }
    return isInverted ? result.inverted : result
  }

  private mutating func member() throws(PatternSyntaxError) -> (set: PatternClass, single: Unicode.Scalar?) {
    let scalar = scalars[position]
    position += 1
    guard scalar == "\\" else { return (PatternClass(scalar...scalar), scalar) }
    let name = next
    let set = try escapedClass()
    return (set, name.flatMap { ("a"..."z").contains($0) || ("A"..."Z").contains($0) ? nil : $0 })
  }

  // MARK: Writing

  private mutating func emit(_ node: Node, _ output: inout [Instruction]) throws(PatternSyntaxError) {
    emitted += 1
    guard output.count <= PatternProgram.maximumInstructions, emitted < 50 * PatternProgram.maximumInstructions else {
      throw PatternSyntaxError(reason: "it is too long when its counts are written out")
    }
    switch node {
    case .take(let set): output.append(.take(set))
    case .check(let assertion): output.append(.check(assertion))
    case .sequence(let nodes): for node in nodes { try emit(node, &output) }
    case .choice(let nodes): try emit(choice: nodes, &output)
    case .repeat(let node, let least, let most, let isLazy):
      for _ in 0..<least { try emit(node, &output) }
      guard let most else { return try emit(any: node, isLazy, &output) }
      try emit(optional: node, most - least, isLazy, &output)
    }
  }

  private mutating func emit(choice nodes: [Node], _ output: inout [Instruction]) throws(PatternSyntaxError) {
    var ends: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard index < nodes.count - 1 else {
        try emit(node, &output)
        break
      }
      let fork = output.count
      output.append(.fork(fork + 1, 0))
      try emit(node, &output)
      ends.append(output.count)
      output.append(.jump(0))
      output[fork] = .fork(fork + 1, output.count)
    }
    for end in ends { output[end] = .jump(output.count) }
  }

  private mutating func emit(any node: Node, _ isLazy: Bool, _ output: inout [Instruction]) throws(PatternSyntaxError) {
    let fork = output.count
    output.append(.fork(0, 0))
    try emit(node, &output)
    output.append(.jump(fork))
    output[fork] = isLazy ? .fork(output.count, fork + 1) : .fork(fork + 1, output.count)
  }

  private mutating func emit(
    optional node: Node, _ count: Int, _ isLazy: Bool, _ output: inout [Instruction]
  ) throws(PatternSyntaxError) {
    var forks: [Int] = []
    for _ in 0..<count {
      forks.append(output.count)
      output.append(.fork(0, 0))
      try emit(node, &output)
    }
    for fork in forks { output[fork] = isLazy ? .fork(output.count, fork + 1) : .fork(fork + 1, output.count) }
  }
}
