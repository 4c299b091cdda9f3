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
  name: "trace-context-service",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "trace-context-service", targets: ["TraceContextService"]),
    // The route alone, for tests that serve it themselves.
    .library(name: "TraceContextRelay", targets: ["TraceContextRelay"]),
  ],
  dependencies: [
    .package(name: "spoor", path: "../.."),
    // HTTP; server and client have their own instrumentation.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    .target(
      name: "TraceContextRelay",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "TraceContextService",
      dependencies: [
        "TraceContextRelay",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
  ]
)
