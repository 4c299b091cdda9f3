// SPDX-License-Identifier: Apache-2.0

/// OpenTelemetry's span kinds. The raw values are part of the file format.
package enum SpanRecordKind: UInt8, Sendable {
  case `internal` = 0
  case server = 1
  case client = 2
  case producer = 3
  case consumer = 4
}
