/// A service and the name of something that it does.
struct Operation: Hashable, Sendable {
  let service: String
  let name: String
}

/// One span as far as summaries need it: what, how long, whether it failed.
struct OperationCall: Hashable, Sendable {
  let operation: Operation
  /// Microseconds; 0 when unknown.
  let duration: Int64
  let isError: Bool
}
