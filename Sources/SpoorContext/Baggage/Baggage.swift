// SPDX-License-Identifier: Apache-2.0

/// Values that travel with a request from service to service: W3C `baggage`, an ordered list of keys and values.
///
/// Every service on the way can read them, and so can every third party that such a service calls: never put a secret
/// in baggage. Source of the rules: W3C Baggage, 3.
public struct Baggage: Hashable, Sendable {
  /// The maximum number of entries (W3C Baggage, 3.3.2).
  public static let maximumEntries = 64
  /// The maximum length of the header's value in bytes (W3C Baggage, 3.3.2).
  public static let maximumBytes = 8192

  /// A key and its value.
  public struct Entry: Hashable, Sendable {
    /// The key: an HTTP token (letters, digits, `!#$%&'*+-.^_`|~`), case-sensitive.
    public let key: String
    /// The value: any text. It is percent-encoded in the header where necessary.
    public let value: String
    /// Properties that the sender attached to the value.
    public let properties: [Property]
  }

  /// A property of an entry: a key, or a key and a value.
  public struct Property: Hashable, Sendable {
    /// The key: an HTTP token.
    public let key: String
    /// The value: any text; `nil` if the property is only a key.
    public let value: String?

    /// Creates a property. The key is checked when the property is set on an entry.
    public init(key: String, value: String? = nil) {
      self.key = key
      self.value = value
    }
  }

  /// The entries in order; each key occurs once.
  public private(set) var entries: [Entry] = []

  /// Creates an empty baggage.
  public init() {}

  /// A baggage of entries that are within the limits, each key once.
  init(checked entries: [Entry]) { self.entries = entries }

  /// Whether the baggage has no entries.
  public var isEmpty: Bool { entries.isEmpty }

  /// The value of the given key; `nil` if there is no such entry.
  public subscript(key: String) -> String? {
    entries.first { $0.key == key }?.value
  }

  /// Sets the value of a key. An existing entry keeps its position; a new one is appended.
  ///
  /// - Throws: ``BaggageError`` if a key is not a token or a limit would be exceeded. The baggage is then unchanged.
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

  /// Removes the entry with the given key, if there is one.
  public mutating func removeValue(forKey key: String) {
    entries.removeAll { $0.key == key }
  }

  /// A copy that holds only the given keys.
  public func keeping(_ keys: Set<String>) -> Baggage {
    var baggage = self
    baggage.entries.removeAll { !keys.contains($0.key) }
    return baggage
  }
}

/// The reason why a value could not be set.
public enum BaggageError: Error, Hashable, CustomStringConvertible {
  /// The key is not an HTTP token.
  case invalidKey(String)
  /// The number of entries would exceed the limit.
  case tooManyEntries(limit: Int)
  /// The header's value would exceed the limit.
  case tooLong(bytes: Int, limit: Int)

  /// A message that names what was expected and what was given.
  public var description: String {
    switch self {
    case .invalidKey(let key): "a baggage key must be an HTTP token, but is \"\(key)\""
    case .tooManyEntries(let limit): "a baggage must have at most \(limit) entries"
    case .tooLong(let bytes, let limit): "a baggage must have at most \(limit) bytes, but has \(bytes)"
    }
  }
}
