// swift-tools-version: 6.2
import PackageDescription

/// The flags of every Swift target: the language's strictest settings, as in the library's own manifest.
var strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]
// Warnings are errors in our own checks (scripts/test.sh).
if Context.environment["SPOOR_WARNINGS_AS_ERRORS"] == "1" { strict.append(.treatAllWarnings(as: .error)) }

let package = Package(
  name: "spoor-tools",
  platforms: [.macOS(.v15)],
  products: [
    // The command. (No target may be called `spoor` beside the module `Spoor`.)
    .executable(name: "spoor", targets: ["SpoorCommand"]),
    // The collector, for programs that bring their own (the order flow, tests of services).
    .library(name: "SpoorCollect", targets: ["SpoorCollect"]),
    // Spans, traces, trees: plain values.
    .library(name: "SpoorModel", targets: ["SpoorModel"]),
    // Traces as lines for a terminal.
    .library(name: "SpoorTerminal", targets: ["SpoorTerminal"]),
  ],
  dependencies: [
    // What reads journals, for `spoor journal`.
    .package(name: "spoor", path: ".."),
    // The command's options, help and completion scripts.
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    // The collector's HTTP server. Without its traits: neither its configuration reader nor Foundation is used.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    // The collector's store: SQLite with migrations and a pool of readers.
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.20.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CToolsZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "SpoorModel", swiftSettings: strict),
    .target(name: "SpoorTerminal", dependencies: ["SpoorModel"], swiftSettings: strict),
    // Searching logs: what is compressed, and the C library's searches that Swift does not see.
    .systemLibrary(name: "CToolsZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CSearch"),
    .target(
      name: "SpoorGrep", dependencies: ["CSearch", "CToolsZlib", "CToolsZstd", "SpoorTerminal"], swiftSettings: strict),
    // The collector's page, embedded: one binary, nothing to install beside it.
    .target(name: "CPage", exclude: ["page"]),
    .target(
      name: "SpoorCollect",
      dependencies: [
        "CPage", "CToolsZlib", "SpoorModel",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "SpoorCommand",
      dependencies: [
        "SpoorCollect", "SpoorGrep", "SpoorModel", "SpoorTerminal",
        .product(name: "SpoorInspect", package: "spoor"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    .testTarget(
      name: "SpoorModelTests", dependencies: ["SpoorModel"], swiftSettings: strict),
    .testTarget(
      name: "SpoorTerminalTests", dependencies: ["SpoorTerminal", "SpoorModel"], swiftSettings: strict),
    .testTarget(
      name: "SpoorGrepTests", dependencies: ["SpoorCommand", "SpoorGrep"], swiftSettings: strict),
    .testTarget(
      name: "SpoorCollectTests",
      dependencies: [
        "SpoorCollect", "SpoorModel",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ]
)
