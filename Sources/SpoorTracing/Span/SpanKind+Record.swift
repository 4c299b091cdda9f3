// SPDX-License-Identifier: Apache-2.0

package import SpoorJournal
package import Tracing

extension SpanRecordKind {
  init(_ kind: SpanKind) {
    self =
      switch kind {
      case .server: .server
      case .client: .client
      case .producer: .producer
      case .consumer: .consumer
      case .internal: .internal
      }
  }
}

extension SpanKind {
  package init(_ kind: SpanRecordKind) {
    self =
      switch kind {
      case .server: .server
      case .client: .client
      case .producer: .producer
      case .consumer: .consumer
      case .internal: .internal
      }
  }
}
