// SPDX-License-Identifier: Apache-2.0

/// The size of batches. A collector that responds slowly gets larger ones, so that its latency does not limit the
/// throughput.
package struct BatchPace: Sendable {
  /// Bytes of a batch for a fast collector.
  private let least: Int
  /// The current size of a batch in bytes.
  package private(set) var bytes: Int

  /// The maximum size, which bounds memory: the batch, its body and the compressed body take at most 8 MiB each.
  package static let most = 8 << 20
  private static let slow: Duration = .milliseconds(250)
  private static let quick: Duration = .milliseconds(100)

  package init(least: Int) {
    self.least = least
    bytes = least
  }

  /// Notes the time that the delivery of a body took.
  ///
  /// - Parameter timeout: the time limit of a request. Batches stop growing when a delivery takes a quarter of it.
  package mutating func delivered(bytes sent: Int, in time: Duration, timeout: Duration) {
    if time >= Self.slow, time < timeout / 4, sent >= bytes / 4 * 3 {
      bytes = min(bytes * 2, max(Self.most, least))
    } else if time < Self.quick, bytes > least {
      bytes = max(bytes / 2, least)
    }
  }

  /// Notes that a body failed; the next batch is smaller.
  package mutating func failed() { bytes = max(bytes / 2, least) }

  /// Whether batches have their smallest size.
  package var isLeast: Bool { bytes == least }
}
