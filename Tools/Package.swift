// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The flags of every Swift target: the language's strictest settings, as in the library's own manifest.
var strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]
// Warnings are errors in the project's own checks (scripts/test.sh).
if Context.environment["SPOOR_WARNINGS_AS_ERRORS"] == "1" { strict.append(.treatAllWarnings(as: .error)) }

let package = Package(
  name: "spoor-tools",
  platforms: [.macOS(.v15)],
  products: [
    // The command. (A target must not be named `spoor`, because there is a module `Spoor`.)
    .executable(name: "spoor", targets: ["SpoorCommand"]),
    // The collector, for programs that embed one (the order flow, tests of services).
    .library(name: "SpoorCollect", targets: ["SpoorCollect"]),
    // Spans, traces, trees: plain values.
    .library(name: "SpoorModel", targets: ["SpoorModel"]),
    // Traces as lines for a terminal.
    .library(name: "SpoorTerminal", targets: ["SpoorTerminal"]),
  ],
  dependencies: [
    // The library, whose SpoorInspect reads journals for `spoor journal`.
    .package(name: "spoor", path: ".."),
    // The command's options, help and completion scripts.
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    // The collector's HTTP server, without its traits, because neither its configuration reader nor Foundation is used.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    // The collector's store: SQLite with migrations and a pool of readers.
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.20.0"),
    // TLS for a collector that listens beyond loopback.
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CToolsZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "SpoorModel", swiftSettings: strict),
    .target(name: "SpoorTerminal", dependencies: ["SpoorModel"], swiftSettings: strict),
    // Compressed logs.
    .systemLibrary(name: "CToolsZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CToolsLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "CToolsBzip2", providers: [.apt(["libbz2-dev"])]),
    // JSON by simdjson and regular expressions by RE2: strict, linear and faster than own code.
    .target(
      name: "CLogText",
      linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("re2"), .linkedLibrary("stdc++")]),
    // Log lines of any library in any carrier, and queries over them: shared by `grep`, `trace` and the collector.
    .target(
      name: "SpoorLogs",
      dependencies: ["CLogText", "CToolsBzip2", "CToolsLzma", "CToolsZlib", "CToolsZstd"], swiftSettings: strict),
    // What is found in logs and traces: readable records, groups, failures and what they lead back to.
    .target(name: "SpoorGrep", dependencies: ["SpoorLogs", "SpoorModel", "SpoorTerminal"], swiftSettings: strict),
    // Where traces and log records come from: files, a collector.
    .target(
      name: "SpoorSources", dependencies: ["SpoorGrep", "SpoorLogs", "SpoorModel", "SpoorTerminal"],
      swiftSettings: strict),
    // `spoor mcp`: the evidence for programs, by the Model Context Protocol.
    .target(
      name: "SpoorMCP",
      dependencies: [
        "SpoorGrep", "SpoorLogs", "SpoorModel", "SpoorSources", "SpoorTerminal",
        .product(name: "SpoorInspect", package: "spoor"),
      ],
      swiftSettings: strict),
    // Settings of the C library's allocator, for the collector.
    .target(name: "CMemory"),
    // The collector's page, embedded, so that the collector is a single binary.
    .target(name: "CPage", exclude: ["page"]),
    .target(
      name: "SpoorCollect",
      dependencies: [
        "CMemory", "CPage", "CToolsZlib", "SpoorLogs", "SpoorModel",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "SpoorCommand",
      dependencies: [
        "CMemory", "SpoorCollect", "SpoorGrep", "SpoorLogs", "SpoorMCP", "SpoorModel", "SpoorSources", "SpoorTerminal",
        .product(name: "SpoorInspect", package: "spoor"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // A process with open spans, for the tests of `spoor mcp` and the agent.
    .executableTarget(
      name: "OpenSpans",
      dependencies: [
        .product(name: "Spoor", package: "spoor"), .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "Tests/Fixtures/OpenSpans", swiftSettings: strict),
    // Helpers for the tests of more than one target.
    .target(name: "ToolsTestSupport", path: "Tests/Support", swiftSettings: strict),
    .testTarget(
      name: "SpoorModelTests", dependencies: ["SpoorModel", "ToolsTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SpoorTerminalTests", dependencies: ["SpoorTerminal", "SpoorModel"], swiftSettings: strict),
    // Writes a log with Spoor itself.
    .executableTarget(
      name: "PresetWriter",
      dependencies: [
        .product(name: "Spoor", package: "spoor"), .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "Tests/PresetWriter", swiftSettings: strict),
    .testTarget(
      name: "SpoorGrepTests", dependencies: ["OpenSpans", "PresetWriter", "SpoorCommand", "SpoorGrep", "SpoorLogs"],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorLogsTests", dependencies: ["SpoorLogs"], resources: [.copy("Samples")], swiftSettings: strict),
    .testTarget(
      name: "SpoorCollectTests",
      dependencies: [
        "SpoorCollect", "SpoorModel", "SpoorTerminal", "ToolsTestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)
