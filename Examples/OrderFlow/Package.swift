// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The flags of every Swift target: the language's strictest settings, as in the library's manifest.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]

let package = Package(
  name: "order-flow",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "order-flow", targets: ["OrderFlow"])
  ],
  dependencies: [
    // The library, and the collector, so that one build is enough for the demo.
    .package(name: "spoor", path: "../.."),
    .package(name: "spoor-tools", path: "../../Tools"),
    .package(name: "spoor-hummingbird", path: "../../Packages/SpoorHummingbird"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    // HTTP; server and client have their own instrumentation.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    // SQLite.
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    // Percentiles of a load of any length in a fixed amount of memory.
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    .executableTarget(
      name: "OrderFlow",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "SpoorHummingbird", package: "spoor-hummingbird"),
        .product(name: "SpoorCollect", package: "spoor-tools"),
        .product(name: "SpoorModel", package: "spoor-tools"),
        .product(name: "SpoorTerminal", package: "spoor-tools"),
        // The command that the cases print, built beside this binary.
        .product(name: "spoor", package: "spoor-tools"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "OrderFlowTests", dependencies: ["OrderFlow", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
  ]
)
