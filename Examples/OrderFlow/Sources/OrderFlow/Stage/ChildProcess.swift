import Foundation
import NIOConcurrencyHelpers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process of this same binary, its output in files of the run directory.
final class ChildProcess: Sendable {
  /// How it ended.
  enum Ending: Sendable, Equatable {
    case status(Int32)
    case signal(Int32)
  }

  private struct State {
    var ending: Ending?
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let name: String
  let identifier: Int32
  private let state: NIOLockedValueBox<State>
  /// Closed with us: what ``ParentWatch`` waits for. Nothing is ever written.
  private let lifeline: FileHandle

  /// Starts it.
  ///
  /// - Throws: Foundation's errors for a binary or a file that cannot be opened.
  init(name: String, arguments: [String], environment: [String: String], directory: RunDirectory) throws {
    let process = Process()
    process.executableURL = try Self.binary()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try Self.appending(to: directory.log(of: name))
    process.standardError = try Self.appending(to: directory.errors(of: name))
    let lifeline = Pipe()
    // No child may hold the writing end of another one's lifeline, or of its own.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = lifeline
    let state = NIOLockedValueBox(State())
    process.terminationHandler = { process in
      let ending: Ending =
        process.terminationReason == .uncaughtSignal
        ? .signal(process.terminationStatus) : .status(process.terminationStatus)
      let waiters = state.withLockedValue { state in
        state.ending = ending
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }
    try process.run()
    self.name = name
    self.state = state
    self.lifeline = lifeline.fileHandleForWriting
    identifier = process.processIdentifier
  }

  /// How it ended; `nil` while it runs.
  var ending: Ending? { state.withLockedValue { $0.ending } }

  /// Sends a signal, unless it has ended.
  func send(_ signal: Int32) {
    if ending == nil { kill(identifier, signal) }
  }

  /// Waits until it has ended.
  func wait() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLockedValue { state in
        if state.ending == nil { state.waiters.append(continuation) }
        return state.ending != nil
      }
      if hasEnded { continuation.resume() }
    }
  }

  /// Asks it to end, and kills it when `patience` is over. Not cut short by cancellation: nothing is left behind.
  func stop(patience: Duration = .seconds(8)) async {
    send(SIGTERM)
    let alarm = Task.detached {
      try await Task.sleep(for: patience)
      self.send(SIGKILL)
    }
    await wait()
    alarm.cancel()
  }

  private static func binary() throws -> URL {
    #if os(Linux)
      return URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    #else
      return Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    #endif
  }

  private static func appending(to path: String) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    }
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    return handle
  }
}
