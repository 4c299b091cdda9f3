// SPDX-License-Identifier: Apache-2.0

extension Parameter {
  static let traceID = Parameter("trace_id", .traceID, "The id of the trace, or its beginning.", required: true)
  static let since = Parameter("since", .time, "Not before this time: RFC 3339, 10m, 2h, yesterday.")
  static let until = Parameter("until", .time, "Before this time.")
  static let offset = Parameter("offset", .integer(0...100_000), "The number of items to skip; left_out has the next.")
  static let query = Parameter(
    "query", .text(2000),
    """
    Conditions on log records, as `spoor grep` takes them: event=payment_timeout, retry_count>1, level>=error, \
    error.type~Timeout, a word; combined by and, or, not, parentheses.
    """)

  static func limit(_ maximum: Int, default usual: Int) -> Parameter {
    Parameter("limit", .integer(1...maximum), "The number of items; \(usual) if left out.")
  }
}
