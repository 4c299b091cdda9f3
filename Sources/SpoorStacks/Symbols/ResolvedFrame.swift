// SPDX-License-Identifier: Apache-2.0

/// One function of a stack, with its name and place.
///
/// An address can have several frames: functions that are inlined into each other come innermost first.
public struct ResolvedFrame: Sendable, Hashable {
  /// The short name of the function, `PaymentClient.charge(_:)`; nil if the program has no symbols.
  public let function: String?
  /// The module of the function, from its symbol.
  public let module: String?
  /// The path of the file that was compiled in; nil without debug information.
  public let file: String?
  /// The line, from 1; nil without debug information.
  public let line: Int?
  /// The file name of the program or library.
  public let image: String
  /// The build ID of that program or library in hex; nil if it has none. With ``offset`` it identifies the place
  /// permanently: `llvm-symbolizer` resolves both with the unstripped file.
  public let buildID: String?
  /// The distance from the image's base in bytes.
  public let offset: UInt64
  /// Whether the function was inlined into the next frame's.
  public let isInlined: Bool
  /// Whether the function is the program's own, and not part of the language, the system, a dependency or Spoor.
  public let isProject: Bool

  /// Whether several functions share this code, because the optimizer merged them. ``function`` and ``line`` may then
  /// be those of another one.
  public let isMerged: Bool

  /// Creates a frame from its parts.
  package init(
    function: String?, module: String?, file: String?, line: Int?, image: String, buildID: String?, offset: UInt64,
    isInlined: Bool, isProject: Bool, isMerged: Bool = false
  ) {
    self.function = function
    self.module = module
    self.file = file
    self.line = line
    self.image = image
    self.buildID = buildID
    self.offset = offset
    self.isInlined = isInlined
    self.isProject = isProject
    self.isMerged = isMerged
  }

  /// The frame as one line of a stack: `PaymentClient.charge(_:) at PaymentClient.swift:42`.
  public var text: String {
    guard let function else {
      let offsetText = String(offset, radix: 16)
      return buildID.map { "\(image)+0x\(offsetText) (build \($0))" } ?? "\(image)+0x\(offsetText)"
    }
    let label = isMerged ? "\(function) (merged)" : function
    guard let file else { return "\(label) in \(image)" }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    return line.map { "\(label) at \(name):\($0)" } ?? "\(label) at \(name)"
  }
}
