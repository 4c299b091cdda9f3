/// Where a span was started, for those that nobody ends.
package struct SpanOrigin {
  /// `#function`
  package let function: String
  /// `#fileID`
  package let fileID: String
  package let line: UInt

  package init(function: String, fileID: String, line: UInt) {
    self.function = function
    self.fileID = fileID
    self.line = line
  }

  /// `function file:line`
  var text: String { "\(function) \(fileID):\(line)" }
}
