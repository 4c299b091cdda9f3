/// One function of a stack, with its name and place.
///
/// An address can stand for several: functions inlined into each other come innermost first.
public struct ResolvedFrame: Sendable, Hashable {
  /// The function in short, `PaymentClient.charge(_:)`; nil where the program has no symbols.
  public let function: String?
  /// The module it is from, where its symbol says so.
  public let module: String?
  /// The file's path as compiled in, nil without debug information.
  public let file: String?
  /// The line, from 1; nil without debug information.
  public let line: Int?
  /// The file name of the program or library.
  public let image: String
  /// The build id of that program or library in hex, nil if it has none. With ``offset`` it names the place for ever:
  /// `llvm-symbolizer` resolves both from the unstripped file.
  public let buildID: String?
  /// Bytes from the image's base.
  public let offset: UInt64
  /// Whether the function was inlined into the next frame's.
  public let isInlined: Bool
  /// Whether it is the program's own: not the language's, the system's, a dependency's or Spoor's.
  public let isProject: Bool

  /// A frame of which all is known that will be.
  package init(
    function: String?, module: String?, file: String?, line: Int?, image: String, buildID: String?, offset: UInt64,
    isInlined: Bool, isProject: Bool
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
  }

  /// The frame as one line of a stack: `PaymentClient.charge(_:) at PaymentClient.swift:42`.
  public var text: String {
    guard let function else {
      let offsetText = String(offset, radix: 16)
      return buildID.map { "\(image)+0x\(offsetText) (build \($0))" } ?? "\(image)+0x\(offsetText)"
    }
    guard let file else { return "\(function) in \(image)" }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    return line.map { "\(function) at \(name):\($0)" } ?? "\(function) at \(name)"
  }
}
