internal import CSpoor

/// What a dead process wrote down when a signal struck it.
///
/// Read from bytes that nobody vouches for: every number is checked before it is used.
public struct CrashRecord: Sendable {
  /// How much of the record was written before the end.
  public enum Extent: UInt32, Sendable, Hashable {
    /// The signal and where it struck.
    case signal = 1
    /// And the task and its span.
    case span = 2
    /// And the stack.
    case complete = 3
  }

  /// How the span was found.
  public enum SpanSource: String, Sendable, Hashable {
    /// It was the current one of the task that trapped.
    case exact
    /// It was the newest open one of that task or thread.
    case inferred
  }

  /// How much is there.
  public let extent: Extent
  /// The signal's number.
  public let signal: Int32
  /// Above 0 the kind of fault; else somebody sent the signal (`abort` does).
  public let code: Int32
  /// The process's id.
  public let processID: UInt32
  /// The kernel's id of the thread.
  public let threadID: UInt32
  /// The thread's name, 15 bytes at most.
  public let threadName: String
  /// Nanoseconds since 1970.
  public let timeNanoseconds: UInt64
  /// The address that could not be reached or executed.
  public let faultAddress: UInt64
  /// The span that the task was in.
  public let span: SpanAtThrow?
  /// How it was found, nil without a span.
  public let spanSource: SpanSource?
  /// The stack, with addresses of the dead process; only the very place if ``extent`` is less than complete.
  public let stack: CapturedStack
  /// The images that give the addresses a meaning.
  public let images: LoadedImages
  /// The path of the program.
  public let programPath: String

  /// The signal as it is called: `SIGILL`.
  public var signalName: String { Self.names[signal] ?? "signal \(signal)" }

  /// What resolves the stack.
  public func symbolicator() -> Symbolicator { Symbolicator(images: images, programPath: programPath) }

  /// Why the program trapped, as far as it can be told: the reason that the compiler left in the debug information
  /// (`arithmetic overflow`), else what the signal says. The message of a `fatalError` is on standard error only.
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
  /// - Returns: nil if no signal was noted.
  /// - Throws: ``CrashRecordError`` if the bytes are not such an area.
  public static func read(_ bytes: [UInt8]) throws(CrashRecordError) -> CrashRecord? {
    guard bytes.count >= CrashEvidence.areaBytes else { throw .tooShort(bytes: bytes.count) }
    // Plain integers and arrays of them, for which any bytes are a value; long enough by the check above.
    let area = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: spoor_crash_area.self) }
    return try CrashRecord(area)
  }

  /// What resolves the addresses of the process that wrote the area, crashed or not; nil where it is none.
  package static func symbolicator(of bytes: [UInt8]) -> Symbolicator? {
    guard bytes.count >= CrashEvidence.areaBytes else { return nil }
    // As in `read`.
    let area = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: spoor_crash_area.self) }
    guard area.record.magic == UInt32(SPOOR_CRASH_MAGIC), area.record.version == UInt32(SPOOR_CRASH_VERSION),
      area.image_count <= UInt32(SPOOR_CRASH_IMAGES)
    else { return nil }
    let images = images(of: area)
    return Symbolicator(images: LoadedImages(images), programPath: images.first?.path ?? "")
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
  /// Less was written.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Why bytes are not a crash record.
public enum CrashRecordError: Error, Sendable, Hashable {
  /// Fewer bytes than an area has.
  case tooShort(bytes: Int)
  /// The magic number is another: not an area, or never prepared.
  case foreign
  /// Written by another version of Spoor.
  case version(UInt32)
  /// A number is out of its range.
  case damaged(String)
}
