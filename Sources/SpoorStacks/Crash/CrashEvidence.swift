// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// Records the state of the process when it crashes, in memory that outlives it.
///
/// The next start reads it as a ``CrashRecord``. Afterwards the signal is passed to the previous handler (Swift's
/// backtracer, a debugger, a core dump).
public enum CrashEvidence {
  /// The size of the area: 64 KiB.
  public static let areaBytes = Int(SPOOR_CRASH_AREA_BYTES)

  /// Installs the signal handlers.
  ///
  /// - Parameter area: ``areaBytes`` bytes of a shared mapping of a file, at an address that is a multiple of 8. The
  ///   area is cleared, and must stay mapped until ``uninstall()``.
  /// - Throws: ``CrashEvidenceError`` if the system has no such handlers or refuses them.
  public static func install(area: UnsafeMutableRawBufferPointer) throws(CrashEvidenceError) {
    guard let base = area.baseAddress, area.count >= areaBytes else { throw .areaTooSmall(bytes: area.count) }
    guard UInt(bitPattern: base) % 8 == 0 else { throw .areaMisaligned }
    // Alignment and size were checked above; the size of the C structure is asserted in C.
    let result = unsafe spoor_crash_install(base.assumingMemoryBound(to: spoor_crash_area.self))
    guard result == 0 else { throw .refused(errno: result) }
  }

  /// Lists the images in the area without installing a handler, so that the addresses of a dead process can be
  /// resolved.
  ///
  /// - Parameter area: as for ``install(area:)``.
  package static func prepare(area: UnsafeMutableRawBufferPointer) {
    guard let base = area.baseAddress, area.count >= areaBytes, UInt(bitPattern: base) % 8 == 0 else { return }
    unsafe spoor_crash_prepare(base.assumingMemoryBound(to: spoor_crash_area.self))
  }

  /// Lists the libraries again. Call it after one was opened.
  public static func refreshImages() { spoor_crash_refresh_images() }

  /// Restores the previous handlers, except where another one was installed later.
  public static func uninstall() { spoor_crash_uninstall() }
}

/// Why crash evidence could not be installed. The process runs without it.
public enum CrashEvidenceError: Error, Sendable, Hashable {
  /// The area has fewer than ``CrashEvidence/areaBytes`` bytes.
  case areaTooSmall(bytes: Int)
  /// The area's address is not a multiple of 8.
  case areaMisaligned
  /// The system refused, with this error number.
  case refused(errno: Int32)
}
