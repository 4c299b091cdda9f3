// SPDX-License-Identifier: Apache-2.0

import SpoorContext
import Testing

@Suite("A tracestate header")
struct TraceStateTests {
  static let allCharacters = String(
    decoding: (0x20...0x7E).filter { $0 != 0x2C && $0 != 0x3D }.map { UInt8($0) }, as: UTF8.self)
  static let keyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"

  static func members(_ count: Int) -> String {
    (1...count).map { "bar\($0)=\($0)" }.joined(separator: ",")
  }

  @Test(
    "is passed on without blanks, with each member in its place",
    arguments: [
      ("foo=1", "foo=1", "one member"),
      ("foo=1,bar=2", "foo=1,bar=2", "two members"),
      ("foo=1,bar=2,rojo=1,congo=2,baz=3", "foo=1,bar=2,rojo=1,congo=2,baz=3", "three headers joined"),
      ("foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3", "blanks around commas"),
      ("\t foo=1 \t", "foo=1", "blanks around the list"),
      ("foo=1,", "foo=1", "an empty header after it"),
      (",foo=1", "foo=1", "an empty header before it"),
      ("foo=1,,  ,bar=2", "foo=1,bar=2", "empty members"),
      ("foo= 1", "foo= 1", "a value that begins with a space"),
      ("foo=1,foo=1", "foo=1", "a member twice"),
      ("foo=1,bar=2,foo=3", "foo=1,bar=2", "a repeated key: the first one is the newest"),
      ("foo=1;bar", "foo=1;bar", "a semicolon in a value"),
      ("foo@bar=1", "foo@bar=1", "a key with its tenant"),
      ("foo@=1,foo@@bar=2,a@b@c=3", "foo@=1,foo@@bar=2,a@b@c=3", "Level 2: @ as any other character"),
      ("1foo=1", "1foo=1", "Level 2: a key that begins with a digit"),
      ("\(keyCharacters)=\(allCharacters)", "\(keyCharacters)=\(allCharacters)", "all characters that are allowed"),
      (members(32), members(32), "32 members"),
      (members(32) + ",bar1=1", members(32), "32 members, one of them repeated"),
    ])
  func valid(header: String, expected: String, reason: String) throws {
    let state = try #require(TraceState(header: header), "\(reason)")
    #expect(state.headerValue == expected)
    #expect(TraceState(header: expected) == state)
  }

  @Test("has keys and values of up to 256 characters")
  func longest() {
    let key = String(repeating: "k", count: 256)
    let value = String(repeating: "v", count: 256)
    #expect(TraceState(header: "\(key)=\(value)")?[key] == value)
    #expect(TraceState(header: "\(key)k=\(value)") == nil)
    #expect(TraceState(header: "\(key)=\(value)v") == nil)
  }

  @Test(
    "that is invalid is dropped as a whole",
    arguments: [
      ("", "nothing"), (" \t", "blanks"), (",,", "empty members"), ("foo", "no value"), ("foo=", "an empty value"),
      ("foo=,bar=3", "an empty value"), ("=1", "no key"), ("foo =1", "a blank after the key"),
      ("FOO=1", "upper case"), ("foo.bar=1", "a dot in the key"), ("@foo=1,bar=2", "a key that begins with @"),
      ("_foo=1", "a key that begins with _"), ("foo=bar=baz", "= in a value"), ("foo=1,bar=b\u{7F}", "DEL in a value"),
      ("foo=1\t2", "a tab in a value"), ("foo=ü", "a value that is not ASCII"),
      ("foo=1,bär=2", "a key that is not ASCII"),
      (members(33), "33 members"), ("foo=1;=2", "joined by Vapor, without a key"),
      ("foo=1;Bar=2", "joined by Vapor, upper case"),
    ])
  func invalid(header: String, reason: String) {
    #expect(TraceState(header: header) == nil, "\(reason)")
  }

  @Test(
    "that Vapor joined with semicolons is read as the list that was sent",
    arguments: [
      ("foo=1,bar=2;baz=3", "foo=1,bar=2,baz=3"), ("foo=1;bar=2;baz=3;qux=4", "foo=1,bar=2,baz=3,qux=4"),
      ("foo=a;b;bar=2", "foo=a;b,bar=2"), ("foo=1; bar=2", "foo=1,bar=2"), ("foo=1;foo=2", "foo=1"),
    ])
  func joinedBySemicolons(header: String, expected: String) {
    // The value "1;bar" cannot be distinguished from "1" and a member "bar" unless a "=" follows, which makes it
    // unambiguous.
    let state = TraceState(header: header)
    #expect(state?.headerValue == expected)
  }

  @Test("of many repeated members is read in linear time, and one of a hundred thousand is dropped unread")
  func endless() {
    #expect(TraceState(header: String(repeating: "a=1;", count: 8000) + "a=1")?.headerValue == "a=1")
    #expect(TraceState(header: String(repeating: "a=1;", count: 100_000) + "a=1") == nil)
  }

  @Test("returns its members and their values")
  func memberAccess() throws {
    let state = try #require(TraceState(header: "rojo=1,congo=t61,rojo@x=2"))
    #expect(state.members.map(\.key) == ["rojo", "congo", "rojo@x"])
    #expect(state.members.map(\.value) == ["1", "t61", "2"])
    #expect(state["congo"] == "t61")
    #expect(state["cong"] == nil)
  }

  @Test("puts a new member first")
  func adding() throws {
    let state = try #require(TraceState(header: "rojo=1,congo=2"))
    #expect(state.setting("spoor", to: "x")?.headerValue == "spoor=x,rojo=1,congo=2")
    #expect(TraceState(key: "spoor", value: "x")?.headerValue == "spoor=x")
  }

  @Test("puts a changed member first, once")
  func changing() throws {
    let state = try #require(TraceState(header: "rojo=1,congo=2,baz=3"))
    #expect(state.setting("congo", to: "4")?.headerValue == "congo=4,rojo=1,baz=3")
  }

  @Test("drops the last of 32 members for a new one")
  func full() throws {
    let state = try #require(TraceState(header: Self.members(32)))
    #expect(state.setting("spoor", to: "x")?.headerValue == "spoor=x," + Self.members(31))
    #expect(state.setting("bar32", to: "x")?.headerValue == "bar32=x," + Self.members(31))
  }

  @Test("is absent when its last member is removed")
  func removing() throws {
    let state = try #require(TraceState(header: "rojo=1,congo=2"))
    #expect(state.removing(key: "rojo")?.headerValue == "congo=2")
    #expect(state.removing(key: "rojo")?.removing(key: "congo") == nil)
    #expect(state.removing(key: "none") == state)
  }

  @Test(
    "refuses an invalid member",
    arguments: [("Foo", "1"), ("", "1"), ("foo", ""), ("foo", "a,b"), ("foo", "a=b"), ("foo", "a "), ("foo,x", "1")])
  func refusing(key: String, value: String) throws {
    let state = try #require(TraceState(header: "rojo=1"))
    #expect(state.setting(key, to: value) == nil)
    #expect(TraceState(key: key, value: value) == nil)
  }
}
