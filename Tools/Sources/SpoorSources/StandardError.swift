// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import SpoorModel
internal import SpoorTerminal

/// Standard error, for messages to the user.
package enum StandardError {
  /// Writes an error as one line. File names and external text in it cannot control the terminal.
  package static func complain(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("spoor: \(PlainText.of(text))\n".utf8))
  }

  /// Reports the spans of a document that could not be read, if there are any.
  static func complain(ofRefused content: TraceFile, from place: String) {
    guard let error = content.firstRefusal else { return }
    complain("\(place): spans that cannot be read: \(content.refused), the first: \(error.description)")
  }
}
