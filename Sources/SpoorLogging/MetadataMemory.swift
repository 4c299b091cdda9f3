internal import Logging
internal import SpoorBytes

/// A value of swift-log's metadata, read where it lies in its dictionary.
///
/// To look into an enum of several kinds of payload Swift copies it and takes it apart: 10 ns for each value of a record that
/// has just been made. How it lies in memory is what Swift's ABI says of such an enum and of an existential; ``isReadable``
/// compares what is read with what was put in, before the first use, and where they differ nothing here is used.
@safe
struct MetadataMemory {
  private let value: UnsafeRawPointer

  /// The caller keeps the value while it has this.
  @inline(__always)
  init(_ value: UnsafePointer<Logger.MetadataValue>) { unsafe self.value = UnsafeRawPointer(value) }

  /// Offsets, and what the byte behind the payload says.
  private enum Layout {
    /// Of the type in an existential, behind room for a value of three words.
    static var type: Int { 24 }
    static var tag: Int { 40 }
    static var string: UInt8 { 0 }
    static var stringConvertible: UInt8 { 1 }
  }

  @inline(__always)
  private var tag: UInt8 { unsafe value.load(fromByteOffset: Layout.tag, as: UInt8.self) }

  /// The text of a `.string`.
  @inline(__always)
  var text: UnsafePointer<String>? {
    tag == Layout.string ? unsafe value.assumingMemoryBound(to: String.self) : nil
  }

  /// What a `.stringConvertible` holds, if it is of this type, which is one of at most three words.
  @inline(__always)
  func convertible<Value: BitwiseCopyable & CustomStringConvertible & Sendable>(_ type: Value.Type) -> Value? {
    guard tag == Layout.stringConvertible,
      unsafe value.load(fromByteOffset: Layout.type, as: UnsafeRawPointer.self) == Self.metadata(of: type)
    else { return nil }
    return unsafe value.load(as: Value.self)
  }

  @inline(__always)
  private static func metadata(of type: Any.Type) -> UnsafeRawPointer {
    unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
  }

  /// Whether dictionaries of metadata and their values can be read in their memory.
  static let isReadable =
    hasTags
    && DictionaryMemory.isReadable(values: sample, in: { $0 }) { read, value in
      unsafe withUnsafePointer(to: read) { unsafe MetadataMemory($0).says(value) } && read == value
    }

  /// Whether values say of which case they are as ``Layout`` has it: before a payload is read.
  private static var hasTags: Bool {
    let cases: [(Logger.MetadataValue, UInt8)] = [
      (.string("1"), Layout.string), (.stringConvertible(1), Layout.stringConvertible),
    ]
    return MemoryLayout<Logger.MetadataValue>.size == Layout.tag + 1
      && cases.allSatisfy { value, tag in unsafe withUnsafePointer(to: value) { unsafe MetadataMemory($0).tag } == tag }
  }

  private static func sample(_ number: Int) -> Logger.MetadataValue {
    switch number % 8 {
    case 0: .string("value \(number)")
    case 1: .string("a value that is longer than fifteen bytes \(number)")
    case 2: .stringConvertible(number)
    case 3: .array(["value \(number)"])
    case 4: .dictionary(["key": "value \(number)"])
    case 5: .stringConvertible(Double(number) / 3)
    case 6: .stringConvertible(number % 16 == 6)
    default: .stringConvertible("value \(number)")
    }
  }

  private func says(_ value: Logger.MetadataValue) -> Bool {
    var number: Int?
    var double: Double?
    var flag: Bool?
    var string: String?
    switch value {
    case .string(let text): string = text
    case .stringConvertible(let convertible):
      number = convertible as? Int
      double = convertible as? Double
      flag = convertible as? Bool
    case .array, .dictionary: break
    }
    return unsafe text?.pointee == string && convertible(Int.self) == number && convertible(Double.self) == double
      && convertible(Bool.self) == flag
  }
}
