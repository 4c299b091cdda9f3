// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOConcurrencyHelpers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process of this binary whose output goes to files of the run directory.
final class ChildProcess: Sendable {
  /// How the process ended.
  enum Ending: Sendable, Equatable, CustomStringConvertible {
    case status(Int32)
    case signal(Int32)

    var description: String {
      switch self {
      case .status(let status): "exit status \(status)"
      case .signal(let signal): "signal \(signal)"
      }
    }
  }

  private struct State {
    var ending: Ending?
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let name: String
  let identifier: Int32
  private let state: NIOLockedValueBox<State>
  /// The writing end of the child's standard input, on which ``ParentWatch`` waits. It is never written to, and closes
  /// with this process.
  private let lifeline: FileHandle

  /// Starts the process.
  ///
  /// - Throws: Foundation's errors if the binary or a file cannot be opened.
  init(name: String, arguments: [String], environment: [String: String], directory: RunDirectory) throws {
    let process = Process()
    process.executableURL = try Self.binary()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try Self.appending(to: directory.log(of: name))
    process.standardError = try Self.appending(to: directory.errors(of: name))
    let lifeline = Pipe()
    // No child may inherit the writing end of its own or another child's lifeline.
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

  /// How the process ended, or `nil` while it runs.
  var ending: Ending? { state.withLockedValue { $0.ending } }

  /// Sends a signal, unless the process has ended.
  func send(_ signal: Int32) {
    if ending == nil { kill(identifier, signal) }
  }

  /// Waits until the process has ended.
  func wait() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLockedValue { state in
        if state.ending == nil { state.waiters.append(continuation) }
        return state.ending != nil
      }
      if hasEnded { continuation.resume() }
    }
  }

  /// Sends SIGTERM, and SIGKILL after `patience`. Ignores cancellation, so that no process is left behind.
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
