/// A logger's name, with what a record has of it.
final class LogLabel: Sendable {
  let name: String
  /// `,"logger":"NAME"` and the fields of every record; nothing where a preset has its own names.
  private let text: ConstantBytes

  init(_ name: String, _ text: [UInt8]) {
    self.name = name
    self.text = ConstantBytes([text])
  }

  /// Valid as long as the object.
  var written: UnsafeRawBufferPointer { unsafe text[0] }
}
