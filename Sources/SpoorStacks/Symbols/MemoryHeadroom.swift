// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// The amount of memory that this process can still take before it exceeds a limit.
enum MemoryHeadroom {
  /// The remaining bytes below the strictest of the cgroup's limits and the process's own (`ulimit -d` and `-v`); nil
  /// if there is no limit or none can be read. Takes some 50 µs.
  static func bytes() -> Int? {
    #if canImport(Glibc)
      let (data, all) = (CInt(RLIMIT_DATA.rawValue), CInt(RLIMIT_AS.rawValue))
    #else
      let (data, all) = (RLIMIT_DATA, RLIMIT_AS)
    #endif
    return [cgroupRoom(), room(data, column: 5), room(all, column: 0)].compactMap(\.self).min()
  }

  /// The rest of a limit of the process. The columns of `/proc/self/statm` are in pages: the first one is all memory,
  /// the sixth one data and stack.
  private static func room(_ resource: CInt, column: Int) -> Int? {
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur <= UInt64(Int.max) else { return nil }
    let columns = text("/proc/self/statm").split(separator: " ")
    guard columns.count > column, let pages = Int(columns[column]) else { return nil }
    return max(0, Int(limit.rlim_cur) - pages * Int(sysconf(CInt(_SC_PAGESIZE))))
  }

  /// The rest of the limits of the cgroup and its ancestors. The page cache does not count, because the kernel reclaims
  /// it first.
  private static func cgroupRoom() -> Int? {
    var result: Int?
    for line in text("/proc/self/cgroup").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isVersion2 = parts[0] == "0" && parts[1].isEmpty
      guard isVersion2 || parts[1].split(separator: ",").contains("memory") else { continue }
      let root = isVersion2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      // In a container the path can be that of the host, while the visible files are those of the container's root.
      var path = String(parts[2])
      for _ in 0..<32 {
        if let room = room(inGroup: root + (path == "/" ? "" : path), isVersion2) { result = min(result ?? room, room) }
        guard path != "/", let slash = path.lastIndex(of: "/") else { break }
        path = slash == path.startIndex ? "/" : String(path[..<slash])
      }
    }
    return result
  }

  private static func room(inGroup path: String, _ isVersion2: Bool) -> Int? {
    let limit = number("\(path)/\(isVersion2 ? "memory.max" : "memory.limit_in_bytes")")
    let used = number("\(path)/\(isVersion2 ? "memory.current" : "memory.usage_in_bytes")")
    // Without a limit, version 1 has a number near the maximum.
    guard let limit, let used, limit < 1 << 60 else { return nil }
    let key = isVersion2 ? "file " : "total_cache "
    let cache =
      text("\(path)/memory.stat").split(separator: "\n").first { $0.hasPrefix(key) }
      .flatMap { Int($0.dropFirst(key.count)) } ?? 0
    return max(0, limit - max(0, used - cache))
  }

  private static func number(_ path: String) -> Int? {
    Int(text(path).prefix { $0 != "\n" })
  }

  /// The text of a small kernel file, whose size is reported as 0.
  private static func text(_ path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let got = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    return got > 0 ? String(decoding: buffer.prefix(got), as: UTF8.self) : ""
  }
}
