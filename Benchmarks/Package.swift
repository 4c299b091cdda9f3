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
if Context.environment["SPOOR_WARNINGS_AS_ERRORS"] == "1" { strict.append(.treatAllWarnings(as: .error)) }

let package = Package(
  name: "spoor-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "spoor", path: ".."),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    // Percentiles of single spans.
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
  ],
  targets: [
    // A collector that only counts, and clocks.
    .target(name: "BenchmarkSupport", swiftSettings: strict),
    // Counts a thread's allocations by replacing malloc.
    .target(name: "CAllocations"),
    // The cost of each operation for the calling thread: time and allocations.
    .executableTarget(
      name: "HotPath",
      dependencies: [
        "BenchmarkSupport", "CAllocations",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // The cost of spans and lines until they are delivered, over all threads.
    .executableTarget(
      name: "Delivery",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // The cost of a span with the journal in memory or in a file: one kind per process.
    .executableTarget(
      name: "JournalCost",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    // What a reader of a journal costs the process that writes it.
    .executableTarget(
      name: "LiveCost",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    // How long single operations keep their caller.
    .executableTarget(
      name: "Latency",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    // The cost of the names of a binary's addresses.
    .executableTarget(
      name: "NameCost",
      dependencies: ["BenchmarkSupport", .product(name: "Spoor", package: "spoor")],
      swiftSettings: strict),
    // The cost of a throw with and without the capture of its stack.
    .executableTarget(
      name: "ThrowCost",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // The tests' matrix of ways to throw. It is here as well because this package has an optimised build of the
    // library.
    .executableTarget(
      name: "ThrowMatrix",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "SpoorTesting", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "Sources/ThrowProbe",
      swiftSettings: strict),
  ]
)
