/// Writes the format in which Swift's `Runtime` takes a list of images that are not this process's own.
///
/// "Compact ImageMap Format", version 0, in the Swift repository's `docs/CompactImageMapFormat.rst`: a header byte, the
/// platform's name, and per image its base, the distance to the end of its code, its build id and its path.
enum CompactImageMap {
  static func encode(_ images: [LoadedImage]) -> [UInt8] {
    var bytes: [UInt8] = [0b10]  // version 0, 64-bit words
    let platform = "Linux"
    bytes.append(UInt8(platform.utf8.count))
    bytes += platform.utf8
    bytes += count(images.count)
    for image in images.sorted(by: { $0.base < $1.base }) {
      let base = word(image.base)
      let distance = word(image.code.upperBound >= image.base ? image.code.upperBound - image.base : 0)
      bytes.append(UInt8((base.count - 1) << 3 | (distance.count - 1)))
      bytes += base
      bytes += distance
      let buildID = HexBytes.decode(image.buildID)
      bytes += count(buildID.count)
      bytes += buildID
      bytes += text(image.path)
    }
    return bytes
  }

  /// Seven bits a byte, the most significant first, the top bit set on all but the last.
  private static func count(_ value: Int) -> [UInt8] {
    var bytes = [UInt8(value & 0x7F)]
    var rest = value >> 7
    while rest > 0 {
      bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
      rest >>= 7
    }
    return bytes
  }

  /// The significant bytes of an address, the most significant first, one at least.
  private static func word(_ value: UInt64) -> [UInt8] {
    let length = max(1, (64 - value.leadingZeroBitCount + 7) / 8)
    return (0..<length).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  /// Runs of 63 bytes at most, each with its length, and a zero. The format's prefix codes are not needed.
  private static func text(_ text: String) -> [UInt8] {
    let utf8 = Array(text.utf8)
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: utf8.count, by: 63) {
      let run = utf8[start..<min(start + 63, utf8.count)]
      bytes.append(UInt8(run.count))
      bytes += run
    }
    return bytes + [0]
  }
}
