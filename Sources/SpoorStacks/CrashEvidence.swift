internal import CSpoor

/// Writes down what the process was doing when it traps, into memory that outlives it.
///
/// The next start reads it as a ``CrashRecord``. Handlers that were there before (Swift's backtracer, a debugger's, core
/// dumps) get the signal afterwards, as if Spoor were not there.
public enum CrashEvidence {
  /// Bytes of the area: 64 KiB.
  public static let areaBytes = Int(SPOOR_CRASH_AREA_BYTES)

  /// Installs the signal handlers.
  ///
  /// - Parameter area: ``areaBytes`` bytes of a shared mapping of a file, at an address that is a multiple of 8. They are
  ///   cleared, and must stay mapped until ``uninstall()``.
  /// - Throws: ``CrashEvidenceError`` where the system has no such handlers or refuses them.
  public static func install(area: UnsafeMutableRawBufferPointer) throws(CrashEvidenceError) {
    guard let base = area.baseAddress, area.count >= areaBytes else { throw .areaTooSmall(bytes: area.count) }
    guard UInt(bitPattern: base) % 8 == 0 else { throw .areaMisaligned }
    // Checked above: aligned, and as large as the C structure, whose size is asserted there.
    let result = unsafe spoor_crash_install(base.assumingMemoryBound(to: spoor_crash_area.self))
    guard result == 0 else { throw .refused(errno: result) }
  }

  /// Lists the images in the area, without a handler: what a dead process's addresses mean.
  ///
  /// - Parameter area: as for ``install(area:)``.
  package static func prepare(area: UnsafeMutableRawBufferPointer) {
    guard let base = area.baseAddress, area.count >= areaBytes, UInt(bitPattern: base) % 8 == 0 else { return }
    unsafe spoor_crash_prepare(base.assumingMemoryBound(to: spoor_crash_area.self))
  }

  /// Lists the libraries anew: to be called after one was opened.
  public static func refreshImages() { spoor_crash_refresh_images() }

  /// Puts the former handlers back, where nobody came later.
  public static func uninstall() { spoor_crash_uninstall() }
}

/// Why crash evidence could not be installed. The process goes on without it.
public enum CrashEvidenceError: Error, Sendable, Hashable {
  /// The area has fewer than ``CrashEvidence/areaBytes`` bytes.
  case areaTooSmall(bytes: Int)
  /// The area's address is not a multiple of 8.
  case areaMisaligned
  /// The system refused, with this error number.
  case refused(errno: Int32)
}
