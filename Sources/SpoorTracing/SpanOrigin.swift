/// Where a span was started, for those that nobody ends.
struct SpanOrigin {
  let function: String
  let fileID: String
  let line: UInt

  /// `function file:line`, as `#function` and `#fileID` spell them.
  var text: String { "\(function) \(fileID):\(line)" }
}
