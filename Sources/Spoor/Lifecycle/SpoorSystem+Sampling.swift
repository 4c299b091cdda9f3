// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SpoorBase
internal import SpoorTracing

extension SpoorSystem {
  /// Changes which traces are recorded, for every trace that begins from now on. Spans whose parents were recorded
  /// still are.
  ///
  /// The change is logged as `sampling_changed`. It comes before the file of `SPOOR_SAMPLING_FILE`, and that before the
  /// configuration.
  ///
  /// ```swift
  /// var sampling = SpoorConfiguration.Sampling()
  /// sampling.tracesPerSecond = 10
  /// try spoor.setSampling(sampling)
  /// ```
  /// - Parameter sampling: what to change: a property that is nil keeps its configured value. Its file and signal have
  ///   no effect. Nil ends the change of an earlier call.
  /// - Throws: ``SpoorError/configuration(_:)`` for an invalid value; nothing is changed then.
  public func setSampling(_ sampling: SpoorConfiguration.Sampling?) throws(SpoorError) {
    do throws(ConfigurationError) {
      try samplingControl.set(sampling)
    } catch {
      throw .configuration(error)
    }
  }
}

/// Changes the sampler and the keep rules while the service runs: by a call, by a watched file, and by a signal that
/// has everything recorded. Each change is logged.
final class SamplingControl: Sendable {
  private let source: SamplingSource
  private let tracer: SpoorTracer
  private let logger: Logger
  private let file: String?
  private let signal: SignalToggle
  private let isDisabled: Bool
  private let state = Locked(State())

  private struct State: Sendable {
    var change: SpoorConfiguration.Sampling?
    /// The text of the file that was read last; nil without a file.
    var text: String?
    var variables: [String: String] = [:]
    var recordsEverything = false
  }

  /// A longer file is not read.
  private static let longestFile = 64 << 10

  init(_ resolved: ResolvedConfiguration, _ tracer: SpoorTracer, _ logger: Logger) {
    source = resolved.samplingSource
    self.tracer = tracer
    self.logger = logger
    // Without spans there is nothing to sample.
    file = resolved.isDisabled ? nil : resolved.samplingFile
    signal = SignalToggle(signal: resolved.isDisabled ? 0 : resolved.samplingSignal, logger: logger)
    isDisabled = resolved.isDisabled
  }

  func set(_ change: SpoorConfiguration.Sampling?) throws(ConfigurationError) {
    guard !isDisabled else { return }
    try apply(by: "call") { $0.change = change }
  }

  /// Looks for a signal, and for another content of the file. Called about once a second.
  func look() {
    if signal.isToggled() { try? apply(by: "signal") { $0.recordsEverything.toggle() } }
    guard let file else { return }
    let text = Self.text(of: file)
    guard text != state.withLock({ $0.text }) else { return }
    do throws(ConfigurationError) {
      let variables = try SamplingSource.variables(in: text ?? "", of: file)
      try apply(by: "file \(file)") { $0.variables = variables }
    } catch {
      // Not an error: in memory mode its caller, the thread that writes lines, would wait for itself.
      logger.warning("sampling_not_changed", metadata: ["by": .string("file \(file)"), "reason": .string("\(error)")])
    }
    // An invalid text is reported once.
    state.withLock { $0.text = text }
  }

  private func apply(by cause: String, _ change: (inout State) -> Void) throws(ConfigurationError) {
    let (sampler, keep) = try state.withLock {
      (state) throws(ConfigurationError) -> (any Sampler, KeepRules) in
      var next = state
      change(&next)
      let resolved = try source.resolved(variables: next.variables, change: next.change)
      state = next
      let sampler = next.recordsEverything ? ParentBasedSampler(root: AlwaysSampler()) : resolved.sampler
      tracer.replaceSampling(by: sampler, keepRules: resolved.keep)
      return (sampler, resolved.keep)
    }
    logger.notice(
      "sampling_changed",
      metadata: ["by": .string(cause), "sampler": .string(sampler.summary), "keep": .string(keep.summary)])
  }

  /// The content of a regular file; nil if there is none, or it cannot be read.
  private static func text(of path: String) -> String? {
    let descriptor = Libc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= longestFile
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}
