internal import CSpoor
internal import SpoorJournal

/// All the places that lines go to. Each gets every line, in the same order.
///
/// Only the writer's thread uses it, and whoever drains, one at a time.
///
/// A place that takes nothing (a pipe that nobody reads, a full disk) is waited for, and so the lines wait in the ring; but
/// where there are several, one of them holds up the others for five seconds at most: then it loses the batch, and every
/// batch until it takes lines again, counted in ``lostLines``. One place alone is waited for without an end.
package final class LogOutputs: Sendable {
  private struct Place: Sendable {
    let output: LogOutput
    /// Of the batch at hand.
    var done = 0
    /// The rest of a line of a lost batch: it is written before anything else.
    var owed: [UInt8] = []
    /// Since when it takes nothing; nil while it does.
    var blockedSince: UInt64?
    var lostLines: UInt64 = 0
  }

  private struct State: Sendable {
    var places: [Place]
    var signals: UInt32
    var files: FileBox
    /// Lost lines that were said, and whether a place that loses some now has been told of.
    var saidLost: UInt64 = 0
    var hasSaidSo = false
  }

  /// The files, which are classes that only the writer's thread touches.
  private struct FileBox: @unchecked Sendable {  // Only touched with `state` locked.
    var files: [LogFile]
  }

  private let state: Locked<State>
  /// The signal after which files are opened anew, 0 for none.
  private let signal: Int32
  /// How long one place holds up the others, in nanoseconds.
  private let patience: UInt64

  /// - Parameters:
  ///   - reopenSignal: after its arrival files are opened anew, 0 for none.
  ///   - patience: how long one of several holds up the others, in nanoseconds.
  /// - Throws: ``LogFile/Failure`` for a file that cannot be written.
  package init(_ destinations: [LogDestination], reopenSignal: Int32 = 0, patience: UInt64 = 5_000_000_000)
    throws(LogFile.Failure)
  {
    self.patience = patience
    var places: [Place] = []
    var files: [LogFile] = []
    for destination in destinations {
      switch destination {
      case .descriptor(let descriptor): places.append(Place(output: LogOutput(descriptor: descriptor)))
      case .file(let path, let rotation):
        let file = try LogFile(path: path, rotation: rotation)
        places.append(Place(output: LogOutput(descriptor: file.descriptor)))
        files.append(file)
      }
    }
    descriptors = places.map(\.output.descriptor)
    signal = !files.isEmpty && reopenSignal > 0 && SignalCounter.watch(reopenSignal) ? reopenSignal : 0
    state = Locked(State(places: places, signals: SignalCounter.count(signal), files: FileBox(files: files)))
  }

  /// One descriptor.
  package init(descriptor: Int32) {
    descriptors = [descriptor]
    patience = 0
    signal = 0
    state = Locked(
      State(places: [Place(output: LogOutput(descriptor: descriptor))], signals: 0, files: FileBox(files: [])))
  }

  /// All of them; they stay the same.
  package let descriptors: [Int32]

  /// Lines that a place lost because it took nothing for too long, while others did.
  package var lostLines: UInt64 { state.withLock { state in state.places.reduce(0) { $0 + $1.lostLines } } }

  /// Lines that were lost and have not been said yet: at the first loss of a place, and once it takes lines again. In
  /// between, the record that says so would only be one more that is lost.
  func takeLoss() -> UInt64 {
    state.withLock { state in
      let lost = state.places.reduce(0) { $0 + $1.lostLines }
      let isStuck = state.places.contains { $0.blockedSince != nil }
      if !isStuck { state.hasSaidSo = false }
      guard lost > state.saidLost, !state.hasSaidSo else { return 0 }
      defer { state.saidLost = lost }
      state.hasSaidSo = isStuck
      return lost - state.saidLost
    }
  }

  /// Between two batches: whoever put a file away and signalled it waits for it to be let go of, lines or not.
  ///
  /// - Parameter hasLines: whether there is something to write now.
  func prepare(hasLines: Bool) {
    state.withLock { state in
      guard !state.files.files.isEmpty else { return }
      let arrived = SignalCounter.count(signal)
      let isTold = arrived != state.signals
      state.signals = arrived
      for file in state.files.files {
        if isTold { file.reopen() }
        if hasLines { file.prepare() }
      }
    }
  }

  /// Writes what is left of a batch to each place. `done` of what is blocked says nothing here: each place knows its own.
  ///
  /// - Parameter patience: milliseconds.
  func write(_ batch: UnsafeRawBufferPointer, patience: Int32) -> LogOutput.Outcome {
    state.withLock { state in
      var blocked: Int32?
      for index in state.places.indices {
        // One that is known to be stuck is not waited for again.
        let wait = state.places[index].blockedSince == nil || state.places.count == 1 ? patience : 0
        if let code = unsafe write(batch, to: &state.places[index], patience: wait) { blocked = code }
      }
      if blocked != nil, state.places.count > 1 {
        let now = spoor_monotonic_ns()
        var waits = false
        for index in state.places.indices where state.places[index].done < batch.count {
          if let since = state.places[index].blockedSince, now &- since >= patience {
            unsafe lose(batch, &state.places[index])
          } else {
            waits = true
          }
        }
        if !waits { blocked = nil }
      }
      if let blocked { return .blocked(done: 0, code: blocked) }
      for index in state.places.indices { state.places[index].done = 0 }
      return .written
    }
  }

  /// The error where it is blocked.
  private func write(_ batch: UnsafeRawBufferPointer, to place: inout Place, patience: Int32) -> Int32? {
    if !place.owed.isEmpty {
      var done = 0
      let code = unsafe place.owed.withUnsafeBytes {
        unsafe write($0, from: &done, since: &place.blockedSince, place.output, patience)
      }
      place.owed.removeFirst(done)
      if let code { return code }
    }
    return unsafe write(batch, from: &place.done, since: &place.blockedSince, place.output, patience)
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, from done: inout Int, since blockedSince: inout UInt64?, _ output: LogOutput,
    _ patience: Int32
  ) -> Int32? {
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      let turn = unsafe output.turn(of: rest)
      switch unsafe output.write(UnsafeRawBufferPointer(rebasing: rest[..<turn]), patience: patience) {
      case .written:
        done += turn
        blockedSince = nil
      case .blocked(let written, let code):
        done += written
        if written > 0 || blockedSince == nil { blockedSince = spoor_monotonic_ns() }
        return code
      }
    }
    return nil
  }

  /// Gives up the rest of a batch, but for the rest of a line that is half out.
  private func lose(_ batch: UnsafeRawBufferPointer, _ place: inout Place) {
    let newline = UInt8(ascii: "\n")
    var start = place.done
    if place.owed.isEmpty, start > 0, unsafe batch[start - 1] != newline {
      let end = unsafe batch[start...].firstIndex(of: newline).map { $0 + 1 } ?? batch.count
      unsafe place.owed = Array(batch[start..<end])
      start = end
    }
    place.lostLines += UInt64(unsafe batch[start...].count { $0 == newline })
    place.done = batch.count
  }
}
