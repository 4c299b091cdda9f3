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
    // Counts the allocations of a thread, by standing in for malloc.
    .target(name: "CAllocations"),
    // What each operation costs the thread that calls it: time and allocations.
    .executableTarget(
      name: "HotPath",
      dependencies: [
        "BenchmarkSupport", "CAllocations",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // What spans and lines cost until they have left: all threads.
    .executableTarget(
      name: "Delivery",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // What a span costs with the journal in memory or in a file: one process, one kind.
    .executableTarget(
      name: "JournalCost",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    // What a throw costs more with the capture of its stack armed.
    .executableTarget(
      name: "ThrowCost",
      dependencies: [
        "BenchmarkSupport",
        .product(name: "Spoor", package: "spoor"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
  ]
)
