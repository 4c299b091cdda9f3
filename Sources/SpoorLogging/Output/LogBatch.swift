// SPDX-License-Identifier: Apache-2.0

/// Lines that were taken out of the ring together, on their way to every destination.
final class LogBatch: @unchecked Sendable {  // ``LogQueue`` fills it before any writer reads it.
  var bytes: [UInt8] = []
  /// The positions of its lines in the ring.
  var positions: [UInt64] = []
  /// By outlet: whether the ring keeps the lines until this outlet has written them.
  var isAwaited: [Bool] = []
  /// The number of outlets that have it in their queues.
  var holders = 0

  /// What the exporter of log records gets, if that is something else: lines of dead processes are left out.
  var exportedBytes: [UInt8]?
  /// Those of ``positions`` whose lines the exporter does not get.
  var unexported: Set<UInt64> = []

  func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    exportedBytes = nil
    unexported.removeAll()
    positions.removeAll(keepingCapacity: true)
  }
}
