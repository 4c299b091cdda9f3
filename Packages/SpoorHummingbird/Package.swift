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

// What a Hummingbird service writes beside Spoor, so that services do not write it again. A package of its own, because
// the library does not depend on an HTTP server.
let package = Package(
  name: "spoor-hummingbird",
  platforms: [.macOS(.v15)],
  products: [.library(name: "SpoorHummingbird", targets: ["SpoorHummingbird"])],
  dependencies: [
    .package(name: "spoor", path: "../.."),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
  ],
  targets: [
    .target(
      name: "SpoorHummingbird",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict)
  ]
)
