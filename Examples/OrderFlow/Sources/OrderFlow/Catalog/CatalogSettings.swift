import ArgumentParser

/// How a ``Catalog`` guards its database.
struct CatalogSettings: Sendable {
  /// How long an answer is believed; `nil` for no cache.
  var cacheLife: Duration? = .seconds(5)
  /// Whether "there is no such thing" is an answer to remember too.
  var remembersAbsence = true
  /// Whether those who ask for the same at the same time share one read.
  var sharesFlights = true
  /// Locks around reads, each for its share of the keys; 0 for none.
  var locks = 0
  /// How long a read takes beyond SQLite's own time: the way to a database on another machine.
  var readTime: Duration = .zero

  /// Answers kept at most, so that asking for random ids does not fill the memory.
  static let cacheCapacity = 10_000
}

/// The guards of the cases, by name.
enum CatalogGuard: String, CaseIterable, ExpressibleByArgument {
  /// A cache that only knows what is there.
  case open
  /// Absence is remembered, and one flight per key.
  case guarded
  /// One lock for all keys, and no cache.
  case oneLock = "one-lock"
  /// A local cache, and behind it sixteen locks.
  case sharded

  var settings: CatalogSettings {
    switch self {
    case .open: CatalogSettings(remembersAbsence: false, sharesFlights: false)
    case .guarded: CatalogSettings()
    case .oneLock: CatalogSettings(cacheLife: nil, remembersAbsence: false, sharesFlights: false, locks: 1)
    case .sharded: CatalogSettings(sharesFlights: false, locks: 16)
    }
  }
}

/// What inventory-service is told about its catalog.
struct CatalogOptions: ParsableArguments {
  @Option(help: "How the catalog guards its database.")
  var catalog = CatalogGuard.guarded

  @Option(help: "How long a read of the catalog takes beyond SQLite's own time, in milliseconds.")
  var catalogReadTime = 0

  func settings() throws -> CatalogSettings {
    var settings = catalog.settings
    settings.readTime = .milliseconds(catalogReadTime)
    return settings
  }
}
