// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// The record that a dead process wrote when a signal struck it.
///
/// The bytes are not trusted: every number is checked before it is used.
public struct CrashRecord: Sendable {
  /// How much of the record was written before the process ended.
  public enum Extent: UInt32, Sendable, Hashable {
    /// The signal and its address.
    case signal = 1
    /// In addition, the task and its span.
    case span = 2
    /// In addition, the stack.
    case complete = 3
  }

  /// How the span was found.
  public enum SpanSource: String, Sendable, Hashable {
    /// It was the current span of the task that crashed.
    case exact
    /// It was the newest open span of that task or thread.
    case inferred
  }

  /// How much was written.
  public let extent: Extent
  /// The number of the signal.
  public let signal: Int32
  /// Above 0 the kind of fault; otherwise the signal was sent (as by `abort`).
  public let code: Int32
  /// The id of the process.
  public let processID: UInt32
  /// The kernel's id of the thread.
  public let threadID: UInt32
  /// The thread's name, 15 bytes at most.
  public let threadName: String
  /// The time in nanoseconds since 1970.
  public let timeNanoseconds: UInt64
  /// Nanoseconds of the monotonic clock. If the process was clearly alive after this time, it survived the signal.
  package let survivedAfter: UInt64
  /// The address that could not be reached or executed.
  public let faultAddress: UInt64
  /// The span of the task.
  public let span: SpanAtThrow?
  /// How the span was found; nil without a span.
  public let spanSource: SpanSource?
  /// The stack, with addresses of the dead process. It only has the place of the crash if ``extent`` is not complete.
  public let stack: CapturedStack
  /// The images that contain the addresses.
  public let images: LoadedImages
  /// The path of the program.
  public let programPath: String

  /// The name of the signal: `SIGILL`.
  public var signalName: String { Self.names[signal] ?? "signal \(signal)" }

  /// Returns a symbolicator for the stack.
  public func symbolicator() -> Symbolicator { Symbolicator(images: images, programPath: programPath) }

  /// The reason of the crash as far as it is known: the one that the compiler left in the debug information
  /// (`arithmetic overflow`), otherwise the meaning of the signal. The message of a `fatalError` is on standard error
  /// only.
  public func reason(_ symbolicator: Symbolicator) -> String {
    let prefix = "Swift runtime failure: "
    for frame in symbolicator.resolve(stack).prefix(4) {
      if let function = frame.function, function.hasPrefix(prefix) { return String(function.dropFirst(prefix.count)) }
    }
    return Self.reasons[signal] ?? signalName
  }

  private static let names: [Int32: String] = [
    4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV",
  ]
  private static let reasons: [Int32: String] = [
    4: "trap", 5: "trap", 6: "aborted", 7: "bus error", 8: "arithmetic error", 11: "bad memory access",
  ]
}

extension CrashRecord {
  /// Reads the area that ``CrashEvidence`` writes.
  ///
  /// - Returns: nil if no signal was recorded.
  /// - Throws: ``CrashRecordError`` if the bytes are not such an area.
  public static func read(_ bytes: [UInt8]) throws(CrashRecordError) -> CrashRecord? {
    guard bytes.count >= CrashEvidence.areaBytes else { throw .tooShort(bytes: bytes.count) }
    // The structure only has integers and arrays of them, for which any bytes are valid. The length was checked above.
    let area = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: spoor_crash_area.self) }
    return try CrashRecord(area)
  }

  /// Returns a symbolicator for the addresses of the process that wrote the area, crashed or not; nil if the bytes are
  /// not such an area.
  package static func symbolicator(of bytes: [UInt8], detail: NameDetail = .inlined) -> Symbolicator? {
    guard bytes.count >= CrashEvidence.areaBytes else { return nil }
    // As in `read`.
    let area = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: spoor_crash_area.self) }
    guard area.record.magic == UInt32(SPOOR_CRASH_MAGIC), area.record.version == UInt32(SPOOR_CRASH_VERSION),
      area.image_count <= UInt32(SPOOR_CRASH_IMAGES)
    else { return nil }
    let images = images(of: area)
    return Symbolicator(
      images: LoadedImages(images), programPath: images.first?.path ?? "", detail: detail, cacheLimit: 16_384)
  }

  private static func images(of area: spoor_crash_area) -> [LoadedImage] {
    unsafe withUnsafeBytes(of: area.images) { bytes in
      // image_count was checked against the array's length by the caller.
      unsafe bytes.bindMemory(to: spoor_image.self).prefix(Int(area.image_count)).map { image in
        var image = image
        image.build_id_length = min(image.build_id_length, UInt32(SPOOR_BUILD_ID_BYTES))
        image.path_length = min(image.path_length, UInt32(SPOOR_IMAGE_PATH_BYTES))
        return LoadedImage(image)
      }
    }
  }

  private init?(_ area: spoor_crash_area) throws(CrashRecordError) {
    let record = area.record
    guard record.magic == UInt32(SPOOR_CRASH_MAGIC) else { throw .foreign }
    guard record.version == UInt32(SPOOR_CRASH_VERSION) else { throw .version(record.version) }
    guard record.state != UInt32(SPOOR_CRASH_NONE) else { return nil }
    guard let extent = Extent(rawValue: record.state) else { throw .damaged("state \(record.state)") }
    guard area.image_count <= UInt32(SPOOR_CRASH_IMAGES) else { throw .damaged("\(area.image_count) images") }
    guard record.frame_count <= UInt32(SPOOR_CRASH_FRAMES) else { throw .damaged("\(record.frame_count) frames") }

    self.extent = extent
    signal = record.signal
    code = record.code
    processID = record.process
    threadID = record.thread
    threadName = unsafe withUnsafeBytes(of: record.thread_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    timeNanoseconds = record.time
    // A record of an older version, or of a handler that crashed itself, does not have this time. A stack takes less
    // than 2 s.
    survivedAfter = record.handed_over != 0 ? record.handed_over : record.monotonic &+ 2_000_000_000
    faultAddress = record.fault_address

    let spanSource: SpanSource? =
      switch Int(record.span_state) {
      case SPOOR_SPAN_EXACT where extent >= .span: .exact
      case SPOOR_SPAN_INFERRED where extent >= .span: .inferred
      default: nil
      }
    self.spanSource = spanSource
    span = spanSource == nil ? nil : SpanAtThrow(record.span)

    var frames = [StackFrame(address: record.pc, isReturnAddress: false)]
    if extent == .complete {
      unsafe withUnsafeBytes(of: record.frames) { bytes in
        // frame_count was checked against the array's length above.
        let addresses = unsafe Array(bytes.bindMemory(to: UInt64.self).prefix(Int(record.frame_count)))
        for (index, address) in addresses.enumerated().dropFirst() {
          frames.append(StackFrame(address: address, isReturnAddress: index < Int(record.async_start)))
        }
      }
    }
    stack = CapturedStack(frames: frames, source: .exact)

    let images = Self.images(of: area)
    programPath = images.first?.path ?? ""
    self.images = LoadedImages(images)
  }
}

extension CrashRecord.Extent: Comparable {
  /// Whether less was written.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Why bytes are not a crash record.
public enum CrashRecordError: Error, Sendable, Hashable {
  /// The bytes are fewer than an area has.
  case tooShort(bytes: Int)
  /// The magic number differs: the bytes are not an area, or it was never prepared.
  case foreign
  /// The area was written by another version of Spoor.
  case version(UInt32)
  /// A number is out of its range.
  case damaged(String)
}
