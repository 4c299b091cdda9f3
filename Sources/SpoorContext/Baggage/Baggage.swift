/// Values that travel with a request from service to service: W3C's `baggage`, entries of a key and a value in their order.
///
/// Every service on the way can read them, and so can whoever the last one calls: nothing secret belongs here.
/// Source of the rules: W3C Baggage, 3.
public struct Baggage: Hashable, Sendable {
  /// The most entries a baggage has (W3C Baggage, 3.3.2).
  public static let maximumEntries = 64
  /// The most bytes a header's value has (W3C Baggage, 3.3.2).
  public static let maximumBytes = 8192

  /// A key and its value.
  public struct Entry: Hashable, Sendable {
    /// The key: a token of HTTP (letters, digits, `!#$%&'*+-.^_`|~`), upper and lower case told apart.
    public let key: String
    /// The value: any text, percent-encoded on the way where it must be.
    public let value: String
    /// What the sender said about the value.
    public let properties: [Property]
  }

  /// What the sender of an entry said about its value: a key, or a key and a value.
  public struct Property: Hashable, Sendable {
    /// The key: a token of HTTP.
    public let key: String
    /// The value: any text; `nil` for a key alone.
    public let value: String?

    /// A property; its key is checked when it is set.
    public init(key: String, value: String? = nil) {
      self.key = key
      self.value = value
    }
  }

  /// The entries in their order, each key once.
  public private(set) var entries: [Entry] = []

  /// A baggage without entries.
  public init() {}

  /// Whether there is no entry.
  public var isEmpty: Bool { entries.isEmpty }

  /// The value of that key.
  public subscript(key: String) -> String? {
    entries.first { $0.key == key }?.value
  }

  /// Sets a value: in the place of the key's old one, or at the end.
  ///
  /// - Throws: ``BaggageError`` if a key is no token or the baggage would go over a limit; it then stays as it was.
  public mutating func set(_ value: String, forKey key: String, properties: [Property] = []) throws(BaggageError) {
    for token in [key] + properties.map(\.key) where !token.isToken { throw .invalidKey(token) }
    var changed = entries
    let entry = Entry(key: key, value: value, properties: properties)
    if let place = entries.firstIndex(where: { $0.key == key }) {
      changed[place] = entry
    } else {
      changed.append(entry)
    }
    guard changed.count <= Self.maximumEntries else { throw .tooManyEntries(limit: Self.maximumEntries) }
    let bytes = changed.encodedBytes
    guard bytes <= Self.maximumBytes else { throw .tooLong(bytes: bytes, limit: Self.maximumBytes) }
    entries = changed
  }

  /// Removes an entry, if it is there.
  public mutating func removeValue(forKey key: String) {
    entries.removeAll { $0.key == key }
  }

  /// The same with only these keys.
  public func keeping(_ keys: Set<String>) -> Baggage {
    var baggage = self
    baggage.entries.removeAll { !keys.contains($0.key) }
    return baggage
  }
}

/// Why a value could not be set.
public enum BaggageError: Error, Hashable, CustomStringConvertible {
  /// The key is no token of HTTP.
  case invalidKey(String)
  /// There would be more entries than the limit.
  case tooManyEntries(limit: Int)
  /// The header's value would be longer than the limit.
  case tooLong(bytes: Int, limit: Int)

  /// What was expected and what came.
  public var description: String {
    switch self {
    case .invalidKey(let key): "expected a token of HTTP as the key of a baggage, got \"\(key)\""
    case .tooManyEntries(let limit): "expected at most \(limit) entries in a baggage"
    case .tooLong(let bytes, let limit): "expected a baggage of at most \(limit) bytes, got \(bytes)"
    }
  }
}
