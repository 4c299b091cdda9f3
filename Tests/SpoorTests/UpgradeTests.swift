// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorTestSupport
import Testing

/// Journals that earlier versions left (`scripts/journal-fixtures.sh`), shipped by this version.
@Suite struct UpgradeTests {
  static let versions = ["0.1.0"]

  /// A bench whose directory has the journal `Tests/Fixtures/Journals/VERSION-MODE.spoor.gz`.
  private func bench(_ version: String, _ mode: String) throws -> EndingBench {
    let bench = try EndingBench()
    let directory = bench.journal
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let fixture = Peer.root.appending(path: "Tests/Fixtures/Journals/\(version)-\(mode).spoor.gz").path
    let path = "\(directory)/0123456789abcdef.spoor"
    try #require(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]))
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/bin/sh")
    gzip.arguments = ["-c", #"exec gzip -dc "$1" >"$2""#, "sh", fixture, path]
    try gzip.run()
    gzip.waitUntilExit()
    try #require(gzip.terminationStatus == 0)
    return bench
  }

  @Test(arguments: versions) func `the spans and lines of a killed process are shipped`(version: String) throws {
    let bench = try bench(version, "crash")
    try bench.run("ship")
    let spans = bench.spans
    #expect(Set(spans.compactMap { $0["name"] as? String }) == ["ended", "open"])
    let open = try #require(spans.first { $0["name"] as? String == "open" }?["tags"] as? [String: String])
    #expect(open["order.id"] == "ORD7890" && open["spoor.interrupted"] == "true")
    #expect(open["service.version"] == version && open["service.instance.id"] == "fixture")
    #expect(open["http.request.header.authorization"] == "[redacted]")
    let line = try #require(try bench.records("calling").first)
    #expect(line["password"] as? String == "[redacted]")
    #expect(try bench.records("process_interrupted").first?["instance"] as? String == "fixture")
    #expect(bench.files().names.isEmpty)
  }

  @Test(arguments: versions) func `a failure that was recovered from keeps its stack`(version: String) throws {
    let bench = try bench(version, "failure")
    try bench.run("ship")
    #expect(bench.spans.compactMap { $0["name"] as? String } == ["place order"])
    let record = try #require(try bench.records("payment_timeout").first)
    #expect(record["error.type"] as? String == "Failed" && record["error.spans"] as? [String] == ["place order"])
    // The program of that version is not here, so the frames have its build ID or nothing.
    #expect((record["error.stack_trace"] as? String)?.isEmpty == false)
    #expect(bench.files().names.isEmpty)
  }

  @Test(arguments: versions) func `a crash is reported once, with its lines`(version: String) throws {
    let bench = try bench(version, "trap")
    try bench.run("ship")
    let record = try #require(try bench.records("process_crashed").first)
    #expect(["SIGILL", "SIGTRAP"].contains(record["signal"] as? String ?? ""))
    #expect(try bench.numbers() == [0, 1, 2])
    #expect(bench.files().names.isEmpty)
    try bench.run("ship")
    #expect(try bench.records("process_crashed").count == 1)
  }
}
