// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorContext
import Testing
import Tracing

@testable import Spoor
@testable import SpoorJournal
@testable import SpoorTracing

/// A valid journal file with every kind of content and without an owner, as after a kill: some spans are open.
struct SampleJournal {
  let path: String
  let directory: JournalDirectory
  let name: String
  let bytes: [UInt8]

  init(spans: Int) throws {
    let bench = try SystemBench()
    path = bench.directory
    directory = try JournalDirectory(path: path)
    let layout = try JournalLayout(totalBytes: 1 << 20, logRingBytes: 64 << 10)
    let resource = Resource(
      service: "sample", instance: "1", tags: [Resource.Tag("service.version", "1")], ipv4: "10.0.0.1")
    let journal = try Journal(layout: layout, directory: directory, resource: resource)
    let ring = try unsafe LogRing(memory: journal.logRingMemory)
    for number in 0..<50 {
      unsafe Array("{\"event\":\"line \(number)\"}\n".utf8).withUnsafeBytes {
        _ = unsafe ring.append($0, isUrgent: false, patience: 0)
      }
    }
    let tracer = SpoorTracer(
      recorder: SpanRecorder(journal: journal, clock: .system, limits: SpanLimits(), redaction: Redaction()),
      sampler: AlwaysSampler(), propagator: TracePropagator())
    var open: [SpoorSpan] = []
    for number in 0..<spans {
      let span = tracer.startSpan("span \(number)", ofKind: number % 2 == 0 ? .server : .client)
      span.attributes["text"] = SpanAttribute.string(String(repeating: "é", count: number * 40))
      span.attributes["number"] = SpanAttribute.int64(Int64(number))
      span.attributes["list"] = SpanAttribute.stringArray(["a", "b"])
      span.addEvent(SpanEvent(name: "event", attributes: ["flag": true]))
      span.addLink(SpanLink(context: span.context, attributes: ["why": "batch"]))
      span.recordError(CancellationError())
      if number % 3 == 0 { span.setStatus(SpanStatus(code: .error, message: "failed")) }
      if number % 4 != 0 { span.end() } else { open.append(span) }
    }
    let path = path
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasSuffix(".spoor") })
    self.name = name
    bytes = withExtendedLifetime((open, ring)) {
      [UInt8]((try? Data(contentsOf: URL(filePath: "\(path)/\(name)"))) ?? Data())
    }
    journal.releaseFileForTesting()
  }
}
