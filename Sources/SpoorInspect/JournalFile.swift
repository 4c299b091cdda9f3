// SPDX-License-Identifier: Apache-2.0

internal import Spoor
internal import SpoorBase
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging
internal import SpoorStacks

/// A snapshot of a journal file: its owner and its content.
///
/// For a living process, data that is written at the same moment may be missing or incomplete.
public struct JournalFile: Sendable {
  /// The owner of a file.
  public enum State: String, Sendable, Hashable {
    /// A process has it open and locked.
    case live
    /// Its process has ended; the next start of the service ships it.
    case dead
    /// It is damaged and was set aside, or must be.
    case rejected
  }

  /// The content of a readable file.
  public struct Content: Sendable {
    /// The name of the service that wrote it.
    public let service: String
    /// The instance id of the service.
    public let instance: String
    /// The id of the process.
    public let processID: UInt64
    /// The time of the last heartbeat, in nanoseconds since 1970.
    public let lastSeen: UInt64
    /// The number of spans that have started and not ended.
    public let openSpans: Int
    /// The number of spans that have ended and are not yet delivered.
    public let finishedSpans: Int
    /// The number of spans that have ended and wait for the end of their local root.
    public let undecidedSpans: Int
    /// The number of span records that cannot be read completely.
    public let damagedSpans: Int
    /// The log lines that were not written, each with its line end.
    public let lines: [[UInt8]]
    /// The spans as Zipkin's JSON, version 2, as they would be shipped: open ones as interrupted.
    public let zipkinJSON: [UInt8]
  }

  /// The name of the file in its directory.
  public let name: String
  /// The size of the file in bytes.
  public let bytes: Int
  /// The owner of the file.
  public let state: State
  /// The content; `nil` if the file could not be read.
  public let content: Content?
  /// The reason why the file could not be read.
  public let problem: String?

  /// The files of a service's journal directory, the oldest first.
  ///
  /// - Throws: ``JournalUnreadable`` if the path is not a directory or belongs to another user.
  public static func all(in path: String) throws(JournalUnreadable) -> [JournalFile] {
    let directory = try JournalUnreadable.directory(path)
    return directory.allFiles().map { JournalFile($0, directory) }
  }

  private init(_ file: (name: String, bytes: Int), _ directory: JournalDirectory) {
    name = file.name
    bytes = file.bytes
    guard file.name.hasSuffix(JournalDirectory.suffix) else {
      state = .rejected
      content = nil
      problem = "was set aside by an earlier start"
      return
    }
    let isLive = DeadJournal.isInUse(directory, name: file.name)
    let journal: DeadJournal
    do throws(DeadJournal.Refusal) {
      journal = try DeadJournal(directory, name: file.name, ownership: .glance)
    } catch {
      state = if case .damaged = error { .rejected } else if isLive { .live } else { .dead }
      content = nil
      problem = error.text
      return
    }
    state = isLive ? .live : .dead
    content = Content(journal)
    problem = nil
  }
}

extension JournalFile.Content {
  init(_ journal: DeadJournal) {
    let style = DeadProcessReport.inspecting.style(of: journal) { ZipkinJSONEncoder.inspecting($0) }
    let encoder = style.encoder
    var buffer = EncodeBuffer()
    let resource = encoder.prepare(journal.resource)
    var spans: [EncodedRecord] = []
    var damaged = 0
    for entry in journal.entries {
      let bytes: Range<Int>? = journal.withRecord(entry, adding: style.attributes(of: entry)) { record in
        record.fields.isWhole ? encoder.encodeSpan(record, resource: resource, into: &buffer) : nil
      }.flatMap { $0 }
      if let bytes { spans.append(EncodedRecord(token: UInt64(entry.index), bytes: bytes)) } else { damaged += 1 }
    }
    var body = GrowingBytes()
    encoder.frame(spans[...], of: resource, buffer.records, into: &body)
    service = journal.resource.service
    instance = journal.resource.instance
    processID = journal.processID
    lastSeen = journal.lastSeen
    openSpans = journal.entries.count { $0.state == .open }
    finishedSpans = journal.entries.count { $0.state == .finished }
    undecidedSpans = journal.entries.count { $0.state == .undecided }
    damagedSpans = damaged
    lines = journal.lines.map { DeadProcessReport.inspecting.resolved($0, of: journal) }
    zipkinJSON = body.array()
  }
}

/// The reason why a journal directory cannot be read.
public struct JournalUnreadable: Error, Sendable, CustomStringConvertible {
  /// The reason in one sentence, with the path.
  public let description: String

  static func directory(
    _ path: String, access: JournalDirectory.Access = .own
  ) throws(JournalUnreadable) -> JournalDirectory {
    do throws(JournalFileError) {
      return try JournalDirectory(existing: path, access: access)
    } catch {
      throw JournalUnreadable(description: "\(error)")
    }
  }
}

extension DeadProcessReport {
  /// Reads names for journals of dead processes, as the next start of their service would.
  static let inspecting = DeadProcessReport(
    limits: StackTokens.Limits(LogSettings(service: "")), readsOnDemand: true)
}

extension ZipkinJSONEncoder {
  /// One that reads names when it needs them.
  static func inspecting(_ symbolicator: Symbolicator) -> ZipkinJSONEncoder {
    ZipkinJSONEncoder { symbolicator.text(CapturedStack(calls: $0)) }
  }
}

extension DeadJournal.Refusal {
  var text: String {
    switch self {
    case .inUse: "is in use"
    case .gone: "is gone"
    case .damaged(let damage): damage.description
    case .later(let code): "cannot be read now (errno \(code))"
    }
  }
}
