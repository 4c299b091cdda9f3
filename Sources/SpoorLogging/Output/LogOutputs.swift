// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// All destinations of the log. Each gets every line, in the same order.
package final class LogOutputs: Sendable {
  let outlets: [LogOutlet]
  /// Their descriptors, which never change.
  package let descriptors: [Int32]
  /// Destinations that are the same file as an earlier one and were therefore left out.
  package let repeated: [String]
  /// Standard descriptors that are closed or cannot be written. Lines for them stay in the ring.
  package let unwritable: [String]
  /// How long one of several may take nothing, in nanoseconds, before it loses lines for the sake of the others.
  let patience: UInt64
  /// Whether log records are exported as well: the exporter takes its lines from ``LogWriter``.
  let hasExporter: Bool
  private let reopenSignal: Int32

  /// The number of arrivals of the signal after which files are reopened.
  var reopenings: UInt32 { SignalCounter.count(reopenSignal) }

  /// - Parameters:
  ///   - reopenSignal: files are reopened after this signal; 0 for none.
  ///   - patience: how long one of several destinations may be blocked, in nanoseconds. After that it loses its oldest
  ///     lines, which are counted, whenever the ring is more than half full, so that the others can continue.
  /// - Throws: ``LogFile/Failure`` if a file cannot be written.
  package init(
    _ destinations: [LogDestination], reopenSignal: Int32 = 0, patience: UInt64 = 200_000_000,
    hasExporter: Bool = false
  )
    throws(LogFile.Failure)
  {
    self.patience = patience
    self.hasExporter = hasExporter
    let hasFiles = destinations.contains { if case .file = $0 { true } else { false } }
    let signal = hasFiles && reopenSignal > 0 && SignalCounter.watch(reopenSignal) ? reopenSignal : 0
    var outlets: [LogOutlet] = []
    var identities: Set<FileIdentity> = []
    var repeated: [String] = []
    var unwritable: [String] = []
    for destination in destinations {
      let outlet: LogOutlet
      switch destination {
      case .descriptor(let descriptor):
        if let code = Self.refusal(of: descriptor) {
          guard (0...2).contains(descriptor) else { throw LogFile.Failure(path: destination.name, code: code) }
          unwritable.append("\(destination.name) (\(Libc.message(code)))")
        }
        outlet = LogOutlet(LogOutput(descriptor: descriptor), name: destination.name)
      case .file(let path, let rotation):
        let file = try LogFile(path: path, rotation: rotation ?? LogRotation())
        outlet = LogOutlet(
          LogOutput(descriptor: file.descriptor), name: path, file: file, reopenSignal: signal)
      }
      if let identity = FileIdentity(outlet.output.descriptor), !identities.insert(identity).inserted {
        repeated.append(destination.name)
      } else {
        outlets.append(outlet)
      }
    }
    self.reopenSignal = signal
    self.outlets = outlets
    self.repeated = repeated
    self.unwritable = unwritable
    descriptors = outlets.map(\.output.descriptor)
  }

  /// Creates outputs with one descriptor.
  package init(descriptor: Int32) {
    outlets = [LogOutlet(LogOutput(descriptor: descriptor), name: LogDestination.descriptor(descriptor).name)]
    descriptors = [descriptor]
    repeated = []
    unwritable = []
    patience = 0
    hasExporter = false
    reopenSignal = 0
  }

  /// Why a descriptor cannot be written; nil if it can.
  private static func refusal(of descriptor: Int32) -> Int32? {
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0 else { return errno }
    return flags & O_ACCMODE == O_RDONLY ? EBADF : nil
  }
}

/// What two descriptors of the same file, pipe, terminal or socket have in common.
private struct FileIdentity: Hashable {
  let device: dev_t
  let inode: ino_t

  init?(_ descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    (device, inode) = (status.st_dev, status.st_ino)
  }
}

extension LogDestination {
  /// The name in messages.
  var name: String {
    switch self {
    case .descriptor(1): "stdout"
    case .descriptor(2): "stderr"
    case .descriptor(let descriptor): "descriptor \(descriptor)"
    case .file(let path, _): path
    }
  }
}
