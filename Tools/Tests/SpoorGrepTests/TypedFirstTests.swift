// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What somebody who knows grep, jq or hl types first: it works, or one line explains what to type.
@Suite struct TypedFirstTests {
  private static func log() -> String {
    let now = Date().timeIntervalSince1970
    func record(_ number: Int, _ age: Double, _ rest: String) -> String {
      #"{"ts":\#(now - age),"n":\#(number),"trace_id":"463ac35c9f6413ad48485a3953bb612\#(number)",\#(rest)}"#
    }
    return [
      record(1, 200_000, #""level":"info","event":"order_placed","order_id":"ORD1","user_id":1234567890123456788"#),
      record(2, 3_000, #""level":"WARN","event":"payment_timeout","order_id":"ORD7890","user_id":1234567890123456789"#),
      record(3, 60, #""level":"error","event":"payment_failed","order_id":"ORD3","user_id":1234567890123456790"#),
    ].joined(separator: "\n") + "\n"
  }

  private static let found: [(arguments: [String], numbers: String)] = [
    (["level>=warning"], "23"), (["level==error"], "3"), (["level=ERROR"], "3"), (["event~^pay"], "23"),
    (["event~pay.*d"], "3"), (["n=1 or n=3"], "13"), (["n=1", "or", "n=3"], "13"), (["not", "n=1"], "23"),
    (["(n=1 or n=2) level=info"], "1"), (["payment_timeout"], "2"), (["ORD7890"], "2"), (["ord7890"], ""),
    (["-i", "ord7890"], "2"), (["463AC35C9F6413AD48485A3953BB6122"], "2"), (["463ac35c"], "123"),
    (["00-463ac35c9f6413ad48485a3953bb6123-48485a3953bb6124-01"], "3"), (["-v", "level=info"], "23"),
    (["-A", "1", "n=1"], "12"), (["-B", "1", "n=3"], "23"), (["-C", "1", "n=2"], "123"), (["-m", "1", "n>0"], "1"),
    (["--since", "yesterday", "n>0"], "23"), (["--since", "10m", "n>0"], "3"), (["--since", "-2h"], "23"),
    (["--until", "1h"], "1"), (["user_id=1234567890123456789"], "2"), (["user_id>1234567890123456788"], "23"),
    (["user_id:1234567890123456790"], "3"), (["-h", "n=2"], "2"), (["-r", "n=2"], "2"), (["level:error"], "3"),
    (["level=error|warn"], ""), (["event=payment*"], ""),
  ]

  @Test(arguments: found.indices)
  func aQueryFindsItsRecords(index: Int) throws {
    let (arguments, numbers) = Self.found[index]
    let result = try run(spoor, ["grep", "-o", "n"] + arguments, input: Data(Self.log().utf8))
    #expect(result.output.filter { $0 != "\n" } == numbers, "\(arguments): \(result)")
    #expect(result.status == (numbers.isEmpty ? 1 : 0), "\(arguments): \(result)")
  }

  @Test func outputIsWhatItsReaderTakes() throws {
    let log = Self.log()
    let lines = log.split(separator: "\n").map(String.init)
    let cases: [(arguments: [String], output: String)] = [
      (["-c", "level>=warning"], "2\n"), (["-H", "n=2"], "(standard input):\(lines[1])\n"),
      (["-o", "json", "n=2"], lines[1] + "\n"),
      (["-o", "event,n", "n=2"], "payment_timeout\t2\n"), (["-q", "n=2"], ""),
    ]
    for (arguments, output) in cases {
      let result = try run(spoor, ["grep"] + arguments, input: Data(log.utf8))
      #expect(result.output == output && result.status == 0, "\(arguments): \(result)")
    }
    let console = try run(spoor, ["grep", "-o", "console", "--color", "always", "n=3"], input: Data(log.utf8)).output
    #expect(console.contains("\u{1B}[31merror") && console.contains("payment_failed"), "\(console)")
  }

  @Test(arguments: [
    (["level>=loud"], "needs a level (trace, debug, info, notice, warning, error, critical), but is loud"),
    (["event~("], "needs a regular expression"), (["a=1", "or"], "but ends"), (["(a=1"], "needs a ) after it"),
    (["n>many"], "needs a number, a duration (200ms), a time or a level, but is many"),
    (["--since", "soon", "n=1"], "--since must be a time (RFC 3339, 10m, yesterday, 09:20), but is soon"),
    (["n=1", "/nowhere/app.log"], "/nowhere/app.log: No such file or directory"),
    (["/nowhere/app.log"], "/nowhere/app.log: No such file or directory"),
    (["n=1", "mispelled.log"], "mispelled.log: No such file or directory"),
  ])
  func aMistakeIsExplainedInOneLineWithStatusTwo(arguments: [String], part: String) throws {
    let result = try run(spoor, ["grep"] + arguments, input: Data(Self.log().utf8))
    #expect(result.status == 2 && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains(part), "\(result.errors)")
    let first = result.errors.split(separator: "\n").filter { $0.contains(part) }
    #expect(first.count == 1)
  }

  @Test func noMatchAmongLinesThatAreNoRecordsIsSaid() throws {
    let result = try run(spoor, ["grep", "n=1"], input: Data("plain\ntext\n".utf8))
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("spoor: 2 of 2 lines were not JSON records; first: standard input:1"), "\(result)")
  }

  @Test func eachCommandIsInTheHelpOnce() throws {
    let help = try run(spoor, ["--help"]).output
    let commands = help.split(separator: "\n").filter {
      $0.hasPrefix("  ") && $0.dropFirst(2).first?.isLowercase == true
    }
    .map { $0.split(separator: " ")[0] }
    #expect(commands.count > 9 && Set(commands).count == commands.count, "\(help)")
  }

  @Test func theQueryLanguageIsExplained() throws {
    let help = try run(spoor, ["help", "query"])
    #expect(help.status == 0)
    for part in ["FIELD~REGEX", "level>=error", "RE2"] { #expect(help.output.contains(part)) }
  }
}
