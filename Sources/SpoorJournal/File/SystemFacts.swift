#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the system says of itself.
enum SystemFacts {
  /// The kernel's boot id, 16 bytes; zeros where there is none.
  static let bootID: [UInt8] = {
    let descriptor = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return Array(repeating: 0, count: 16) }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 36)
    let count = unsafe read(descriptor, &text, 36)
    guard count == 36 else { return Array(repeating: 0, count: 16) }
    let digits = text.filter { $0 != UInt8(ascii: "-") }
    return stride(from: 0, to: digits.count - 1, by: 2).map { index in
      UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) ?? 0
    }
  }()

  static var processID: UInt64 { UInt64(getpid()) }
  static var userID: UInt32 { geteuid() }
}
