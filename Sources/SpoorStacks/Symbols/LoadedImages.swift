// SPDX-License-Identifier: Apache-2.0

internal import CSpoor
internal import SpoorBase

/// The images of a process, found by address.
public struct LoadedImages: Sendable {
  /// The images, sorted by the addresses of their code.
  public let images: [LoadedImage]

  /// Creates a list of images, for example those of a dead process.
  public init(_ images: [LoadedImage]) { self.images = images.sorted { $0.code.lowerBound < $1.code.lowerBound } }

  /// The images that this process has loaded now. Takes some 10 µs. A library that is opened later is not included.
  public static func current() -> LoadedImages {
    var table = [spoor_image](repeating: spoor_image(), count: 64)
    while true {
      let count = unsafe table.withUnsafeMutableBufferPointer { buffer in
        unsafe Int(spoor_images_capture(buffer.baseAddress, UInt32(buffer.count)))
      }
      guard count > table.count else { return LoadedImages(table.prefix(count).map(LoadedImage.init)) }
      table = [spoor_image](repeating: spoor_image(), count: count + 8)
    }
  }

  /// The path of this program; nil if it is not known.
  static var programPath: String? {
    var image = spoor_image()
    guard unsafe spoor_images_capture(&image, 1) > 0, image.path_length > 0 else { return nil }
    return LoadedImage(image).path
  }

  /// The image whose code contains an address.
  public func image(at address: UInt64) -> LoadedImage? {
    var low = 0
    var high = images.count
    while low < high {
      let middle = (low + high) / 2
      if images[middle].code.lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, images[low - 1].code.contains(address) else { return nil }
    return images[low - 1]
  }

  /// The image with a build ID; nil for an empty one.
  func image(build buildID: String) -> LoadedImage? {
    buildID.isEmpty ? nil : images.first { $0.buildID == buildID }
  }
}

extension LoadedImage {
  init(_ image: spoor_image) {
    let buildID = unsafe withUnsafeBytes(of: image.build_id) { bytes in
      unsafe HexBytes.encode(bytes.prefix(Int(image.build_id_length)))
    }
    let path = unsafe withUnsafeBytes(of: image.path) { bytes in
      unsafe String(decoding: bytes.prefix(Int(image.path_length)), as: UTF8.self)
    }
    self.init(
      base: image.base, code: image.code_start..<max(image.code_start, image.code_end), buildID: buildID, path: path)
  }
}
