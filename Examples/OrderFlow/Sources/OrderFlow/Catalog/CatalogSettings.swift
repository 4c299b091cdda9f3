// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The guards of a ``Catalog``.
struct CatalogSettings: Sendable {
  /// The lifetime of a cached answer, or `nil` for no cache.
  var cacheLife: Duration? = .seconds(5)
  /// Whether "absent" is cached too.
  var remembersAbsence = true
  /// Whether concurrent requests for the same key share one read.
  var sharesFlights = true
  /// The number of locks around reads, each for its share of the keys; 0 for none.
  var locks = 0
  /// Additional time of a read, as for a database on another machine.
  var readTime: Duration = .zero

  /// The maximum number of cached answers, so that requests for random ids do not fill the memory.
  static let cacheCapacity = 10_000
}

/// The guards of the cases, by name.
enum CatalogGuard: String, CaseIterable, ExpressibleByArgument {
  /// A cache of existing products only.
  case open
  /// Absence is cached, and concurrent requests for a key share one read.
  case guarded
  /// One lock for all keys, and no cache.
  case oneLock = "one-lock"
  /// A local cache, and sixteen locks behind it.
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

/// inventory-service's options for its catalog.
struct CatalogOptions: ParsableArguments {
  @Option(help: "The guard in front of the catalog's database.")
  var catalog = CatalogGuard.guarded

  @Option(help: "Additional time of a read from the catalog, in milliseconds.")
  var catalogReadTime = 0

  func settings() throws -> CatalogSettings {
    var settings = catalog.settings
    settings.readTime = .milliseconds(catalogReadTime)
    return settings
  }
}
