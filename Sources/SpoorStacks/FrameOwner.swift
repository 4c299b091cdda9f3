/// Tells the program's own functions from those of the language, the system, its dependencies and Spoor.
struct FrameOwner: Sendable {
  /// The folder of the program: libraries beside it are its own.
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
    // No file: a function of C in a program linked statically may be anyone's.
    return symbol.module != nil || symbol.mangledName == "main"
  }

  private func isProgram(_ image: LoadedImage) -> Bool {
    if image.path == programPath { return true }
    guard !programFolder.isEmpty, image.path.hasPrefix(programFolder + "/") else { return false }
    return !Self.foreignLibraries.contains { image.name.hasPrefix($0) }
  }

  /// Where SwiftPM and Xcode put the sources of dependencies, and the compiler those of macros and of Swift itself.
  private static let foreignFolders = [
    "/checkouts/", "/swift-generated-sources/", "/home/build-user/", "/usr/include/", "/usr/lib/",
  ]
  private static let foreignLibraries = [
    "libswift", "libFoundation", "lib_Foundation", "libdispatch", "libBlocksRuntime",
  ]

  private static func isForeign(module: String) -> Bool {
    foreignModules.contains(module) || module.hasPrefix("NIO") || module.hasPrefix("Foundation")
  }
  private static let foreignModules: Set<String> = [
    "Swift", "_Concurrency", "_StringProcessing", "Synchronization", "Dispatch", "Glibc", "Testing", "XCTest",
    "Logging", "Tracing", "Instrumentation", "ServiceContextModule", "ServiceLifecycle", "UnixSignals",
    "AsyncHTTPClient", "Hummingbird", "HummingbirdCore", "Vapor", "GRPCCore",
    "Spoor", "SpoorContext", "SpoorJournal", "SpoorStacks", "SpoorTracing", "SpoorLogging", "SpoorExport",
    "SpoorTesting",
  ]
}
