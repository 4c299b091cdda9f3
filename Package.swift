// swift-tools-version: 6.2
import PackageDescription

/// The flags of every Swift target: the language's strictest settings, one place.
var strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]
// Warnings are errors in our own checks (scripts/test.sh), not for those who build us with another compiler.
if Context.environment["SPOOR_WARNINGS_AS_ERRORS"] == "1" { strict.append(.treatAllWarnings(as: .error)) }

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
  name: "spoor",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Spoor", targets: ["Spoor"]),
    .library(name: "SpoorTesting", targets: ["SpoorTesting"]),
    // What reads journals and symbolicates from outside a service: the `spoor` command.
    .library(name: "SpoorInspect", targets: ["SpoorInspect"]),
    .library(name: "SpoorStacks", targets: ["SpoorStacks"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    // The system's libraries, nothing vendored.
    .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // What Swift cannot express. (No unsafe flags: a package that has them cannot be depended on by version. SwiftPM
    // keeps frame pointers by itself.)
    .target(name: "CSpoor"),

    // The way of the data, left to right.
    .target(name: "SpoorBytes", swiftSettings: strict),
    .target(name: "SpoorContext", dependencies: ["CSpoor", tracing], swiftSettings: strict),
    .target(
      name: "SpoorJournal", dependencies: ["CSpoor", "SpoorBytes"], exclude: ["FORMAT.md"], swiftSettings: strict),
    .target(name: "SpoorStacks", dependencies: ["CSpoor"], swiftSettings: strict),
    .target(
      name: "SpoorTracing",
      dependencies: ["CSpoor", "SpoorBytes", "SpoorContext", "SpoorJournal", "SpoorStacks", tracing],
      swiftSettings: strict),
    .target(
      name: "SpoorLogging",
      dependencies: [
        "CSpoor", "SpoorBytes", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", logging, tracing,
      ],
      swiftSettings: strict),
    .target(
      name: "SpoorExport", dependencies: ["CSpoor", "CLibcurl", "CZlib", "SpoorBytes", "SpoorJournal"],
      swiftSettings: strict),
    // For programs that look at journals from outside a service.
    .target(
      name: "SpoorInspect",
      dependencies: ["Spoor", "SpoorBytes", "SpoorExport", "SpoorJournal", "SpoorLogging", "SpoorStacks"],
      swiftSettings: strict),
    .target(
      name: "Spoor",
      dependencies: [
        "CSpoor", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", "SpoorLogging", "SpoorExport",
        logging, tracing, metrics, lifecycle,
      ],
      swiftSettings: strict),
    .target(
      name: "SpoorTesting",
      dependencies: [
        "Spoor", "SpoorContext", "SpoorJournal", "SpoorLogging", "SpoorStacks", "SpoorTracing", logging, tracing,
      ],
      swiftSettings: strict),

    // A process for the tests to kill (Tests/Torture).
    .executableTarget(
      name: "JournalProbe", dependencies: ["Spoor", logging, tracing], path: "Tests/Fixtures/JournalProbe",
      swiftSettings: strict),

    // A process that ends as it is told: what it leaves behind is what the next one finds.
    .executableTarget(
      name: "EndingProbe", dependencies: ["Spoor", logging, tracing], path: "Tests/Fixtures/EndingProbe",
      swiftSettings: strict),

    // A service in which something goes wrong: failures that it logs and recovers from, and crashes.
    .executableTarget(
      name: "FailureProbe", dependencies: ["Spoor", logging, tracing], path: "Tests/Fixtures/FailureProbe",
      swiftSettings: strict),

    // A server on a real socket that does whatever a test says.
    .target(name: "SpoorTestSupport", dependencies: ["SpoorJournal"], path: "Tests/Support", swiftSettings: strict),

    .testTarget(name: "SpoorContextTests", dependencies: ["SpoorContext", tracing], swiftSettings: strict),
    .testTarget(
      name: "SpoorJournalTests", dependencies: ["SpoorJournal", "SpoorTestSupport"], swiftSettings: strict),
    // A program that crashes as asked, for the tests of what it leaves behind.
    .executableTarget(
      name: "CrashProbe", dependencies: ["SpoorStacks", "CSpoor"], path: "Tests/Fixtures/CrashProbe",
      swiftSettings: strict),
    .testTarget(
      name: "SpoorStacksTests", dependencies: ["SpoorStacks", "CSpoor", "CrashProbe"], swiftSettings: strict),
    .testTarget(
      name: "SpoorTracingTests",
      dependencies: ["SpoorTracing", "SpoorContext", "SpoorJournal", "SpoorTestSupport", "CSpoor", tracing],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorLoggingTests",
      dependencies: [
        "SpoorLogging", "SpoorBytes", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", logging, tracing,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorExportTests", dependencies: ["SpoorExport", "SpoorBytes", "SpoorJournal", "SpoorTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SpoorTests",
      dependencies: [
        "Spoor", "SpoorExport", "SpoorInspect", "SpoorJournal", "SpoorLogging", "SpoorTracing", "SpoorTestSupport",
        "SpoorTesting", "EndingProbe",
        "FailureProbe", logging, metrics,
        .product(name: "MetricsTestKit", package: "swift-metrics"), tracing, lifecycle,
      ],
      swiftSettings: strict),
  ]
)
