internal import Spoor
internal import SpoorBytes
internal import SpoorExport
internal import SpoorJournal
internal import SpoorLogging

/// A journal's file as it was found: whose it is, and what lies in it.
///
/// Of a living process it is a glance: what is written at the same moment can be missing or half there.
public struct JournalFile: Sendable {
  /// Whose a file is.
  public enum State: String, Sendable, Hashable {
    /// A process has it open and locked.
    case live
    /// Its process is gone: the next start of the service ships it.
    case dead
    /// It could not be trusted and was set aside, or cannot be trusted now.
    case rejected
  }

  /// What a file holds, where it could be read.
  public struct Content: Sendable {
    /// The name of the service that wrote it.
    public let service: String
    /// Its instance.
    public let instance: String
    /// The process's id.
    public let processID: UInt64
    /// Nanoseconds since 1970: the last sign of life.
    public let lastSeen: UInt64
    /// Spans that have started and not ended.
    public let openSpans: Int
    /// Spans that have ended and that no collector has.
    public let finishedSpans: Int
    /// Spans that have ended and wait for their local root's end.
    public let undecidedSpans: Int
    /// Records of spans that cannot be read whole.
    public let damagedSpans: Int
    /// Log lines that were not written, each with its line end.
    public let lines: [[UInt8]]
    /// The spans as Zipkin's JSON, version 2, as they would be shipped: open ones as interrupted.
    public let zipkinJSON: [UInt8]
  }

  /// The file's name in its directory.
  public let name: String
  /// Bytes on the disk.
  public let bytes: Int
  /// Whose it is.
  public let state: State
  /// What it holds; nil where it could not be read.
  public let content: Content?
  /// Why it could not be read.
  public let problem: String?

  /// The files of a service's journal directory, the oldest first.
  ///
  /// - Throws: ``JournalUnreadable`` where the directory is none, or is not ours alone.
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
    var isLive = false
    let journal: DeadJournal
    do throws(DeadJournal.Refusal) {
      do throws(DeadJournal.Refusal) {
        journal = try DeadJournal(directory, name: file.name)
      } catch .inUse {
        isLive = true
        journal = try DeadJournal(directory, name: file.name, ownership: .glance)
      }
    } catch {
      state = .rejected
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
    let style = Legacy.inspecting.style(of: journal)
    let encoder = style.encoder
    var buffer = EncodeBuffer()
    let resource = encoder.prepare(journal.resource)
    var spans: [EncodedSpan] = []
    var damaged = 0
    for entry in journal.entries {
      let bytes: Range<Int>? = journal.withRecord(entry, adding: style.attributes(of: entry)) { record in
        record.fields.isWhole ? encoder.encodeSpan(record, resource: resource, into: &buffer) : nil
      }.flatMap { $0 }
      if let bytes { spans.append(EncodedSpan(token: UInt64(entry.index), bytes: bytes)) } else { damaged += 1 }
    }
    var body = GrowingBytes()
    encoder.framing.frame(spans[...], of: buffer.spans, into: &body)
    service = journal.resource.service
    instance = journal.resource.instance
    processID = journal.processID
    lastSeen = journal.lastSeen
    openSpans = journal.entries.count { $0.state == .open }
    finishedSpans = journal.entries.count { $0.state == .finished }
    undecidedSpans = journal.entries.count { $0.state == .undecided }
    damagedSpans = damaged
    lines = journal.lines.map { Legacy.inspecting.resolved($0, of: journal) }
    zipkinJSON = body.array()
  }
}

/// Why a journal's directory cannot be read.
public struct JournalUnreadable: Error, Sendable, CustomStringConvertible {
  /// In one sentence, with the path.
  public let description: String

  static func directory(_ path: String) throws(JournalUnreadable) -> JournalDirectory {
    do throws(JournalFileError) {
      return try JournalDirectory(existing: path)
    } catch {
      throw JournalUnreadable(description: "\(error)")
    }
  }
}

extension Legacy {
  /// Makes names of what dead processes left, as the next start of their service would.
  static let inspecting = Legacy(
    limits: StackTokens.Limits(LogSettings(service: "")),
    encoder: { ZipkinJSONEncoder(formatStack: $0.text) })
}

extension DeadJournal.Refusal {
  var text: String {
    switch self {
    case .inUse: "is in use"
    case .gone: "is gone"
    case .damaged(let damage): damage.description
    }
  }
}
