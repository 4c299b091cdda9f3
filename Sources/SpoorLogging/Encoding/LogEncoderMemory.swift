// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// Memory that an encoder reuses from record to record: the formatted second, and room to sort fields.
package struct LogEncoderMemory: ~Copyable, Sendable {
  var timestamp = LogTimestamp()
  var ids = LogTraceText()
  var fields = FieldSorter()
  var keys = KeyPlans()
  var event = EventLine()
  var plain = PlainFields()

  package init() {}
}
