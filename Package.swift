// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The flags of every Swift target: the language's strictest settings, in one place.
var strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]
// Warnings are errors in the project's own checks (scripts/test.sh), but not for users with another compiler.
if Context.environment["SPOOR_WARNINGS_AS_ERRORS"] == "1" { strict.append(.treatAllWarnings(as: .error)) }

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let instrumentation: Target.Dependency = .product(name: "Instrumentation", package: "swift-distributed-tracing")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
  name: "spoor",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Spoor", targets: ["Spoor"]),
    .library(name: "SpoorTesting", targets: ["SpoorTesting"]),
    // Reads and symbolicates journals from outside a service, for the `spoor` command.
    .library(name: "SpoorInspect", targets: ["SpoorInspect"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    // System libraries; nothing is vendored.
    .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // What Swift cannot express. (No unsafe flags: SwiftPM rejects a versioned dependency on a package that has them.
    // It keeps frame pointers by default.)
    .target(name: "CSpoor"),

    // The data flows through these targets in this order. The first one has what all of them share: bytes and text,
    // locks, hex, durations, name patterns.
    // Its folder Runtime holds the assumptions about the memory of swift-distributed-tracing's types.
    .target(name: "SpoorBase", dependencies: ["CSpoor", tracing], swiftSettings: strict),
    .target(name: "SpoorContext", dependencies: ["CSpoor", "SpoorBase", tracing], swiftSettings: strict),
    .target(
      name: "SpoorJournal", dependencies: ["CSpoor", "SpoorBase"], exclude: ["File/FORMAT.md"], swiftSettings: strict),
    .target(name: "SpoorStacks", dependencies: ["CSpoor", "CZlib", "SpoorBase"], swiftSettings: strict),
    .target(
      name: "SpoorTracing",
      dependencies: [
        "CSpoor", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorStacks", instrumentation, tracing,
      ],
      swiftSettings: strict),
    .target(
      name: "SpoorLogging",
      dependencies: [
        "CSpoor", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", logging, tracing,
      ],
      swiftSettings: strict),
    .target(
      name: "SpoorExport", dependencies: ["CSpoor", "CLibcurl", "CZlib", "SpoorBase", "SpoorJournal"],
      swiftSettings: strict),
    // Reads journals from outside a service.
    .target(
      name: "SpoorInspect",
      dependencies: [
        "CSpoor", "Spoor", "SpoorBase", "SpoorContext", "SpoorExport", "SpoorJournal", "SpoorLogging", "SpoorStacks",
      ],
      swiftSettings: strict),
    .target(
      name: "Spoor",
      dependencies: [
        "CSpoor", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", "SpoorLogging",
        "SpoorExport", logging, tracing, metrics, lifecycle,
      ],
      swiftSettings: strict),
    .target(
      name: "SpoorTesting",
      dependencies: [
        "Spoor", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorLogging", "SpoorStacks", "SpoorTracing", logging,
        tracing,
      ],
      swiftSettings: strict),

    // A process for the tests to kill (Tests/Torture).
    .executableTarget(
      name: "JournalProbe", dependencies: ["Spoor", logging, tracing], path: "Tests/Fixtures/JournalProbe",
      swiftSettings: strict),

    // A process that ends in the way that a test names, so that the test can look at what it leaves behind.
    .executableTarget(
      name: "EndingProbe", dependencies: ["Spoor", logging, tracing], path: "Tests/Fixtures/EndingProbe",
      swiftSettings: strict),

    // An agent for the tests to kill.
    .executableTarget(
      name: "AgentProbe", dependencies: ["SpoorInspect"], path: "Tests/Fixtures/AgentProbe", swiftSettings: strict),

    // A service with failures that it logs, recovers from, or crashes from.
    .executableTarget(
      name: "FailureProbe", dependencies: ["Spoor", logging, tracing], path: "Tests/Fixtures/FailureProbe",
      swiftSettings: strict),

    // Every way to throw, recorded in every place: its optimised build is what tests cannot be. The package Benchmarks
    // builds the same files, and a package cannot have files outside of its folder.
    .executableTarget(
      name: "ThrowProbe", dependencies: ["Spoor", "SpoorTesting", logging, tracing],
      path: "Benchmarks/Sources/ThrowProbe",
      swiftSettings: strict),

    // A server on a real socket that answers as a test requires.
    .target(
      name: "SpoorTestSupport", dependencies: ["SpoorBase", "SpoorJournal"], path: "Tests/Support",
      swiftSettings: strict),

    .testTarget(
      name: "SpoorBaseTests", dependencies: ["SpoorBase", "SpoorTestSupport", "CSpoor", tracing], swiftSettings: strict),
    .testTarget(name: "SpoorContextTests", dependencies: ["SpoorContext", tracing], swiftSettings: strict),
    .testTarget(
      name: "SpoorJournalTests", dependencies: ["SpoorBase", "SpoorJournal", "SpoorTestSupport"], swiftSettings: strict),
    // A program that crashes in the requested way, for the tests of what it leaves behind.
    .executableTarget(
      name: "CrashProbe", dependencies: ["SpoorStacks", "CSpoor"], path: "Tests/Fixtures/CrashProbe",
      swiftSettings: strict),
    .testTarget(
      name: "SpoorStacksTests", dependencies: ["SpoorStacks", "SpoorTestSupport", "CSpoor", "CrashProbe"],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorTracingTests",
      dependencies: [
        "SpoorTracing", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorTestSupport", "CSpoor", tracing,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorLoggingTests",
      dependencies: [
        "SpoorLogging", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTestSupport", "SpoorTracing",
        logging, tracing,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorExportTests", dependencies: ["SpoorExport", "SpoorBase", "SpoorJournal", "SpoorTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorTests",
      dependencies: [
        "Spoor", "SpoorBase", "SpoorExport", "SpoorInspect", "SpoorJournal", "SpoorLogging", "SpoorTracing",
        "SpoorTestSupport",
        "SpoorTesting", "AgentProbe", "EndingProbe",
        "FailureProbe", logging, metrics,
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"), tracing, lifecycle,
      ],
      swiftSettings: strict),
  ]
)
