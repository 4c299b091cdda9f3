// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("A baggage header")
struct BaggageHeaderTests {
  static func members(_ count: Int) -> String {
    (1...count).map { "key\($0)=\($0)" }.joined(separator: ",")
  }

  @Test(
    "is read, and written in its canonical form without blanks",
    arguments: [
      ("key1=value1", "key1=value1", "one entry"),
      (
        "key1=value1,key2=value2;property1;property2, key3=value3; propertyKey=propertyValue",
        "key1=value1,key2=value2;property1;property2,key3=value3;propertyKey=propertyValue",
        "the specification's example"
      ),
      ("SomeKey \t = \t SomeValue \t ; \t SomeProp", "SomeKey=SomeValue;SomeProp", "blanks everywhere"),
      ("a=", "a=", "an empty value"),
      ("a=1;p=", "a=1;p=", "an empty value of a property"),
      ("a=1;", "a=1", "superfluous semicolons"),
      (",a=1,,b=2,", "a=1,b=2", "superfluous commas"),
      ("a=b=c", "a=b=c", "= in a value"),
      ("a=%20%2C%3B%22%5C", "a=%20%2C%3B%22%5C", "bytes that must be encoded"),
      ("a=%61%7e", "a=a~", "bytes that need not be encoded"),
      ("a=%C3%bc", "a=%C3%BC", "UTF-8"),
      ("a=50%", "a=50%25", "a percent sign at the end"),
      ("a=%zz%4", "a=%25zz%254", "percent signs without two digits"),
      ("a=%FF", "a=%EF%BF%BD", "invalid UTF-8 becomes U+FFFD"),
      ("a=1,b=2,a=3", "a=3,b=2", "the last of two values wins, at the first one's place"),
      ("a=1,A=2", "a=1,A=2", "keys are case-sensitive"),
      ("!#$%&'*+-.^_`|~=1", "!#$%&'*+-.^_`|~=1", "all characters of a token"),
      (members(64), members(64), "64 entries"),
      (members(65), members(64), "an entry beyond the limit is left out"),
    ])
  func valid(header: String, expected: String, reason: String) throws {
    let baggage = try #require(Baggage(header: header), "\(reason)")
    #expect(baggage.headerValue == expected)
    #expect(Baggage(header: expected) == baggage)
  }

  @Test(
    "drops an invalid entry and keeps the others",
    arguments: [
      ("novalue", "no value"), ("=1", "no key"), ("k y=1", "a blank in the key"), ("k@y=1", "no token"),
      ("kéy=1", "a key that is not ASCII"), ("key=a b", "a blank in the value"), ("key=\"a\"", "quotes"),
      ("key=a\\b", "a backslash"), ("key=é", "a value that is not ASCII"), ("key=a\u{1}", "a control character"),
      ("key=1;p@=2", "a property that is not a token"), ("key=1;p=a b", "a blank in a property"),
    ])
  func malformed(entry: String, reason: String) {
    #expect(Baggage(header: entry) == nil, "\(reason)")
    #expect(Baggage(header: "a=1,\(entry),b=2")?.headerValue == "a=1,b=2", "\(reason)")
  }

  @Test("of no entries is no baggage", arguments: ["", " ", ",", ";"])
  func nothing(header: String) {
    #expect(Baggage(header: header) == nil)
  }

  @Test("of 8192 bytes is kept, and an entry beyond that is left out as a whole")
  func limit() throws {
    let longest = "a=" + String(repeating: "v", count: Baggage.maximumBytes - 2)
    #expect(Baggage(header: longest)?.headerValue == longest)
    #expect(Baggage(header: longest + "v") == nil)
    #expect(Baggage(header: "\(longest)v,b=2") == nil, "nothing after the first 8192 bytes is read")
    #expect(Baggage(header: "b=2,\(longest)")?.headerValue == "b=2")
    // With the comma between them, two entries are one byte longer than their sum.
    let rest = String(longest.dropLast(4))
    #expect(Baggage(header: "\(rest),b=2")?.headerValue == "\(rest),b=2")
    #expect(Baggage(header: "\(rest)v,b=2")?.headerValue == "\(rest)v")
  }
}
