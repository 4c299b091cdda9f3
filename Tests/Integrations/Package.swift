// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The flags of every Swift target: the language's strictest settings, as in the library's manifest.
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
  name: "integrations",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "spoor", path: "../.."),
    // What Hummingbird services have beside Spoor.
    .package(name: "spoor-hummingbird", path: "../../Packages/SpoorHummingbird"),
    // The service for the W3C's test suite. Its command is built from here too, so that one build is enough.
    .package(path: "../../Examples/TraceContextService"),
    // The order flow, for the same reason: its command and the collector are built from here for tests and benchmarks.
    .package(path: "../../Examples/OrderFlow"),
    // The instrumented libraries that Spoor is tested with.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
  ],
  targets: [
    // The code of README.md and the articles, written by scripts/snippets.py. It is compiled but not run, except for
    // tests and the recipes, and with the flags of a user's package instead of the stricter ones.
    .testTarget(
      name: "DocumentationSnippets",
      dependencies: [
        "IntegrationSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "SpoorHummingbird", package: "spoor-hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "SpoorTesting", package: "spoor"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      // (Not "Snippets": SwiftPM treats each file in a folder of that name as a program.)
      path: "DocumentationSnippets"),
    // Servers and clients that the tests and programs of this package share.
    .target(
      name: "IntegrationSupport",
      dependencies: [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "Support",
      swiftSettings: strict),
    // Errors of other people's libraries. Its optimised and static builds are what tests cannot be.
    .executableTarget(
      name: "LibraryThrowProbe",
      dependencies: [
        "IntegrationSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "SpoorTesting", package: "spoor"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "LibraryThrowProbe",
      swiftSettings: strict),
    // A service with failures of many kinds, for loads and small containers.
    .executableTarget(
      name: "FailingService",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "FailingService",
      swiftSettings: strict),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "IntegrationSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "SpoorTesting", package: "spoor"),
        .product(name: "TraceContextRelay", package: "TraceContextService"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
  ]
)
