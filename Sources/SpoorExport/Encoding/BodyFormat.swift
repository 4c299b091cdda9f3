// SPDX-License-Identifier: Apache-2.0

package import SpoorBase

/// The body of a request, and the meaning of its answer. A format of spans is a ``SpanEncoder``, one of log records a
/// ``LogEncoder``.
package protocol BodyFormat: Sendable {
  /// The `Content-Type` of the request.
  var contentType: String { get }
  /// Replaces `body` with a complete request body.
  ///
  /// - Parameters:
  ///   - runs: the records of the body in their order, in pieces that have one resource each.
  ///   - encoded: the memory that the records' bytes are in.
  func frame(_ runs: [ResourceRun], of encoded: borrowing GrowingBytes, into body: inout GrowingBytes)
  /// What the body of an answer with a status from 200 to 299 says about the records.
  func acceptance(_ answer: [UInt8]) -> Acceptance
  /// The message in the body of an answer with another status; `nil` if the format defines none, or the body has none.
  func errorMessage(_ answer: [UInt8]) -> String?
}

/// Records of a body that follow each other and have one resource.
package struct ResourceRun: Sendable {
  package let resource: PreparedResource
  package let records: ArraySlice<EncodedRecord>

  package init(_ resource: PreparedResource, _ records: ArraySlice<EncodedRecord>) {
    self.resource = resource
    self.records = records
  }

  /// Divides records into runs.
  ///
  /// - Parameter resource: the resource of a number (``EncodedRecord/resource``).
  static func runs(
    of records: ArraySlice<EncodedRecord>, _ resource: (UInt32) -> PreparedResource
  ) -> [ResourceRun] {
    var runs: [ResourceRun] = []
    var rest = records
    while let number = rest.first?.resource {
      let run = rest.prefix { $0.resource == number }
      runs.append(ResourceRun(resource(number), run))
      rest = rest[run.endIndex...]
    }
    return runs
  }
}

/// How much of a body a collector has accepted.
package struct Acceptance: Sendable, Hashable {
  /// The number of records that the collector refused; it does not say which.
  package var rejected: Int
  /// Its reason, or a warning if it refused none; empty if it gave none.
  package var message: String

  package static let all = Acceptance(rejected: 0, message: "")

  package init(rejected: Int, message: String) {
    self.rejected = rejected
    self.message = message
  }
}

extension BodyFormat {
  package func acceptance(_ answer: [UInt8]) -> Acceptance { .all }
  package func errorMessage(_ answer: [UInt8]) -> String? { nil }

  /// Replaces `body` with a request body of records of one resource.
  package func frame(
    _ records: ArraySlice<EncodedRecord>, of resource: PreparedResource, _ encoded: borrowing GrowingBytes,
    into body: inout GrowingBytes
  ) {
    frame([ResourceRun(resource, records)], of: encoded, into: &body)
  }
}

/// A span or a log record that is ready to be sent.
package struct EncodedRecord: Sendable, Hashable {
  /// Tells the owner which record this is: the slot for a span in the journal.
  package let token: UInt64
  /// The place in ``EncodeBuffer/records``.
  package let bytes: Range<Int>
  /// The number that its owner has given to its resource.
  package let resource: UInt32

  package init(token: UInt64, bytes: Range<Int>, resource: UInt32 = 0) {
    self.token = token
    self.bytes = bytes
    self.resource = resource
  }
}
