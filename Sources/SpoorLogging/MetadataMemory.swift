internal import Logging
internal import SpoorBytes

/// Whether swift-log's metadata can be read in its own memory.
enum MetadataMemory {
  /// Compares what is read with what dictionaries hand out, once.
  static let isReadable = [0, 1, 2, 3, 4, 7, 13, 25, 49, 97, 193].allSatisfy(isAsSaid)

  private static func isAsSaid(_ count: Int) -> Bool {
    var dictionary: Logger.Metadata = [:]
    for number in 0..<count {
      let key = number % 2 == 0 ? "key \(number)" : "a key that is longer than fifteen bytes \(number)"
      dictionary[key] =
        switch number % 5 {
        case 0: .string("value \(number)")
        case 1: .string("a value that is longer than fifteen bytes \(number)")
        case 2: .stringConvertible(number)
        case 3: .array(["value \(number)"])
        default: .dictionary(["key": "value \(number)"])
        }
    }
    return DictionaryMemory(of: dictionary).hasEntries(of: dictionary, isSame: ==)
  }
}
