// SPDX-License-Identifier: Apache-2.0

/// Distinguishes the program's own functions from those of the language, the system, its dependencies and Spoor.
struct FrameOwner: Sendable {
  /// The folder of the program. Libraries in it are the program's own.
  private let programFolder: String
  private let programPath: String

  init(programPath: String) {
    self.programPath = programPath
    programFolder = String(programPath.prefix(upTo: programPath.lastIndex(of: "/") ?? programPath.startIndex))
  }

  func isProject(_ symbol: RawSymbol, in image: LoadedImage) -> Bool {
    guard isProgram(image), !symbol.isThunk, !symbol.isRuntimeFailure else { return false }
    if let module = symbol.module, Self.isForeign(module: module) { return false }
    if let file = symbol.file { return !Self.foreignFolders.contains { file.contains($0) } }
    // Without a file, a C function in a statically linked program may belong to any library.
    return symbol.module != nil || symbol.mangledName == "main"
  }

  /// Whether an image is the program itself, or a library of its own beside it.
  func isProgram(_ image: LoadedImage) -> Bool {
    if image.path == programPath { return true }
    guard !programFolder.isEmpty, image.path.hasPrefix(programFolder + "/") else { return false }
    return !Self.foreignLibraries.contains { image.name.hasPrefix($0) }
  }

  /// The folders in which SwiftPM and Xcode keep the sources of dependencies, and the compiler those of macros and of
  /// Swift itself.
  private static let foreignFolders = [
    "/checkouts/", "/swift-generated-sources/", "/home/build-user/", "/usr/include/", "/usr/lib/",
  ]
  private static let foreignLibraries = [
    "libswift", "libFoundation", "lib_Foundation", "libdispatch", "libBlocksRuntime",
  ]

  private static func isForeign(module: String) -> Bool {
    foreignModules.contains(module) || isSpoor(module: module) || foreignPrefixes.contains { module.hasPrefix($0) }
  }

  /// Without debug information only the module distinguishes a dependency from the program, so the modules of common
  /// packages are listed. Fingerprints only use this list, because they must not change when lines are read.
  private static let foreignModules: Set<String> = [
    "Swift", "_Concurrency", "_StringProcessing", "_RegexParser", "Synchronization", "Observation", "Distributed",
    "Dispatch", "Glibc", "Musl", "Testing", "XCTest",
    "Logging", "Tracing", "Instrumentation", "ServiceContextModule", "Metrics", "CoreMetrics", "ServiceLifecycle",
    "ConcurrencyHelpers", "UnixSignals", "AsyncHTTPClient", "AsyncAlgorithms", "HTTPTypes", "Atomics", "Collections",
    "DequeModule", "OrderedCollections", "HashTreeCollections", "HeapModule", "BitCollections", "Algorithms",
    "RealModule", "Numerics", "SystemPackage", "Crypto", "_CryptoExtras", "X509", "SwiftASN1", "SwiftProtobuf",
    "Vapor", "RoutingKit", "ConsoleKit", "MultipartKit", "WebSocketKit", "Leaf", "LeafKit", "JWTKit", "JWT", "APNSwift",
    "GRDB", "PostgresNIO", "PostgresKit", "MySQLNIO", "MySQLKit", "SQLiteNIO", "SQLiteKit", "SQLKit", "RediStack",
    "Valkey",
    "MongoKitten", "BSON", "Yams", "TOMLKit",
  ]
  private static let foreignPrefixes = [
    "NIO", "_NIO", "CNIO", "Foundation", "_Foundation", "ArgumentParser", "Hummingbird", "Fluent", "GRPC", "OpenAPI",
    "OTel",
    "Soto", "AWSSDK", "AWSLambda",
  ]

  /// Whether a module is Spoor's own. Its functions are between a catch and the record, and are of no interest.
  static func isSpoor(module: String?) -> Bool { module.map(spoorModules.contains) ?? false }
  private static let spoorModules: Set<String> = [
    "Spoor", "SpoorBase", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", "SpoorLogging",
    "SpoorExport", "SpoorInspect", "SpoorTesting",
  ]
}
