// SPDX-License-Identifier: Apache-2.0

/// The settings of retries.
package struct DeliverySettings: Sendable, Hashable {
  /// The pause after the first failure; each further one doubles it. Default 0.5 s.
  package var initialDelay: Duration = .milliseconds(500)
  /// The longest pause, unless a collector asks for more. Default 30 s.
  package var maximumDelay: Duration = .seconds(30)
  /// The longest pause that a collector may ask for. Default 5 min.
  package var maximumRetryAfter: Duration = .seconds(300)
  /// How often a batch may fail with 500 before it is suspected to contain a span that the collector cannot process.
  /// Default 5.
  package var attemptsBeforeIsolation = 5

  package init() {}
}
