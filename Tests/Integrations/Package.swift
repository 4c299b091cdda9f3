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
  name: "integrations",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "spoor", path: "../.."),
    // What the W3C's test suite drives; its command is built from here too, so that one build is enough.
    .package(path: "../../Examples/TraceContextService"),
    // The instrumented libraries that Spoor has to get along with.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    // The code of README.md and of the articles, written there by scripts/snippets.py: read by the compiler, not run, but for
    // what is a test. As a user's package has it, without our stricter flags.
    .testTarget(
      name: "DocumentationSnippets",
      dependencies: [
        .product(name: "Spoor", package: "spoor"),
        .product(name: "SpoorTesting", package: "spoor"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      // (Not "Snippets": SwiftPM takes each file of a folder of that name for a program.)
      path: "DocumentationSnippets"),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
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
