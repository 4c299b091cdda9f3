import Foundation
import SpoorExport
import SpoorTestSupport
import Testing
import Tracing

@testable import Spoor
@testable import SpoorJournal
@testable import SpoorTracing

/// A reader of files that anybody could have written: whatever lies in them, it ends, and touches nothing else.
///
/// 10 seconds here; `scripts/fuzz.sh` runs it for 10 minutes under AddressSanitizer.
@Suite struct JournalFuzzTests {
  private static let seconds = ProcessInfo.processInfo.environment["SPOOR_FUZZ_SECONDS"].flatMap(Double.init) ?? 10
  private static let seed =
    ProcessInfo.processInfo.environment["SPOOR_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 1 ... .max)

  @Test func noMutationOfAFileMakesTheReaderCrashOrHang() throws {
    var random = SeededGenerator(seed: Self.seed)
    let bench = try SystemBench()
    let (directory, name, whole) = try Self.sample(bench)
    let path = "\(bench.directory)/\(name)"
    let end = ContinuousClock.now + .seconds(Self.seconds)
    print("fuzz: seed \(Self.seed)")
    var rounds = 0
    var readable = 0
    var spans = 0
    while ContinuousClock.now < end {
      rounds += 1
      var bytes = whole
      for _ in 0..<Int.random(in: 1...12, using: &random) { Self.mutate(&bytes, &random) }
      try Data(bytes).write(to: URL(filePath: path))
      guard let journal = try? DeadJournal(directory, name: name) else { continue }
      readable += 1
      spans += Self.readEverything(journal)
    }
    print("fuzz: \(rounds) files, \(readable) read as journals, \(spans) spans encoded")
    #expect(rounds > 0 && readable > 0 && spans > 0, "the mutations leave some of it readable, or nothing is tested")
  }

  /// Everything a shipper would do with it.
  private static func readEverything(_ journal: DeadJournal) -> Int {
    let json = ZipkinJSONEncoder()
    let proto = ZipkinProtoEncoder()
    var buffer = EncodeBuffer()
    var spans = 0
    for entry in journal.entries {
      buffer.removeAll()
      let isSpan = journal.withRecord(entry) { record in
        _ = proto.encodeSpan(record, resource: journal.resource, into: &buffer)
        return json.encodeSpan(record, resource: journal.resource, into: &buffer) != nil
      }
      if isSpan ?? false { spans += 1 }
    }
    _ = journal.lines.reduce(0) { $0 + $1.count }
    return spans
  }

  /// A file with everything in it, whose owner is gone.
  private static func sample(_ bench: SystemBench) throws -> (JournalDirectory, String, [UInt8]) {
    let directory = try JournalDirectory(path: bench.directory)
    let layout = try JournalLayout(totalBytes: 1 << 20, logRingBytes: 64 << 10)
    let bytes: [UInt8]
    let name: String
    do {
      let resource = Resource(
        service: "fuzz", instance: "1", tags: [Resource.Tag("service.version", "1")], ipv4: "10.0.0.1")
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
      for number in 0..<40 {
        let span = tracer.startSpan("span \(number)", ofKind: number % 2 == 0 ? .server : .client)
        span.attributes["text"] = String(repeating: "é", count: number * 40)
        span.attributes["number"] = number
        span.attributes["list"] = ["a", "b"]
        span.addEvent(SpanEvent(name: "event", attributes: ["flag": true]))
        span.addLink(SpanLink(context: span.context, attributes: ["why": "batch"]))
        span.recordError(CancellationError())
        if number % 3 == 0 { span.setStatus(SpanStatus(code: .error, message: "failed")) }
        if number % 4 != 0 { span.end() } else { open.append(span) }
      }
      name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: bench.directory).first { $0.hasSuffix(".spoor") })
      // As it is now, with spans that are open: a copy, as a kill would leave it.
      bytes = withExtendedLifetime(open) {
        [UInt8]((try? Data(contentsOf: URL(filePath: "\(bench.directory)/\(name)"))) ?? Data())
      }
    }
    return (directory, name, bytes)
  }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let layout = 128 << 10
    // Where something lies: the header, the ring, the slots that are used.
    let offset =
      switch Int.random(in: 0..<10, using: &random) {
      case 0: Int.random(in: 0..<256, using: &random)
      case 1, 2: layout + Int.random(in: 0..<8192, using: &random)
      default: layout + (64 << 10) + Int.random(in: 0..<200 * 512, using: &random)
      }
    guard offset + 8 <= bytes.count else { return }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[offset] = .random(in: 0...255, using: &random)
    case 1: bytes[offset] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 2:
      let aligned = offset & ~3
      let value = [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFFFF, 400, 65_528].randomElement(using: &random) ?? 0
      for index in 0..<4 { bytes[aligned + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    case 3:
      let aligned = offset & ~7
      let values: [UInt64] = [0, 1, .max, .max >> 1, 1 << 63]
      let value = values.randomElement(using: &random) ?? 0
      for index in 0..<8 { bytes[aligned + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    case 4:
      let length = min(512, bytes.count - offset)
      let source = min(bytes.count - length, layout + (64 << 10) + Int.random(in: 0..<200 * 512, using: &random))
      bytes.replaceSubrange(offset..<offset + length, with: Array(bytes[source..<source + length]))
    default: if Int.random(in: 0..<20, using: &random) == 0 { bytes.removeSubrange(offset...) }
    }
  }
}
