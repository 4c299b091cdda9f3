// SPDX-License-Identifier: Apache-2.0

internal import CSpoor

/// The first 64 KiB of a journal file: the process that wrote it, its last heartbeat, and the layout of the file.
///
/// Offsets are bytes from the file's start; integers are little-endian, each aligned to its size. `FORMAT.md` describes
/// the same format in words.
enum JournalHeader {
  static let magicValue: UInt64 = 0x314E_4A52_4F4F_5053  // "SPOORJN1"
  static let currentVersion: UInt32 = 1

  static let magic = 0
  static let version = 8
  /// `UInt32`, bytes of a slot.
  static let slotSize = 12
  static let totalBytes = 16
  static let logRingBytes = 24
  /// `UInt64`, the process that writes it.
  static let processID = 32
  /// `UInt64` each, nanoseconds: the last heartbeat, by both clocks.
  static let heartbeatRealtime = 72
  static let heartbeatMonotonic = 80
  /// `UInt32`, bytes of the resource, then the resource as fields: service, instance, and tags.
  static let resourceLength = 88
  /// `UInt64`, the number of spans that were dropped because the journal was full.
  static let dropped = 96
  /// `UInt64`: the time of a regular end (a shutdown or `exit`), in monotonic nanoseconds; 0 if there was none.
  static let ended = 104
  /// `UInt32`: 1 once a later process has logged how this one ended.
  static let reported = 112
  /// `UInt32` each, in a dead process's file: the part that a later process is reading (0 for nothing, the index + 1 of
  /// a slot, `UInt32.max` for everything else), and the number of processes in a row that died while reading it. See
  /// ``ReadingMark``.
  static let reading = 116
  static let resource = 128
  /// The second half of the header is reserved.
  static let resourceCapacity = (32 << 10) - resource

  /// Writes everything else first and the magic number last. A file without it is incomplete and ignored.
  static func write(_ base: UnsafeMutableRawPointer, layout: JournalLayout, resource: Resource, processID: UInt64) {
    func store<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
      unsafe base.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }
    store(currentVersion, version)
    store(UInt32(SlotLayout.size), slotSize)
    store(UInt64(layout.totalBytes), totalBytes)
    store(UInt64(layout.logRingBytes), logRingBytes)
    store(processID, self.processID)
    unsafe beat(base)
    let fields = encoded(resource)
    unsafe fields.withFields { bytes in
      let count = min(bytes.count, resourceCapacity)
      unsafe (base + self.resource).copyMemory(from: bytes.baseAddress ?? UnsafeRawPointer(base), byteCount: count)
      store(UInt32(count), resourceLength)
    }
    unsafe spoor_store64_release((base + magic).assumingMemoryBound(to: UInt64.self), magicValue)
  }

  /// Notes a regular end of the process.
  static func end(_ base: UnsafeMutableRawPointer) {
    unsafe spoor_store64_release((base + ended).assumingMemoryBound(to: UInt64.self), spoor_monotonic_ns())
  }

  /// Writes a heartbeat.
  static func beat(_ base: UnsafeMutableRawPointer) {
    unsafe spoor_store64_release(
      (base + heartbeatRealtime).assumingMemoryBound(to: UInt64.self), spoor_realtime_ns())
    unsafe spoor_store64_release(
      (base + heartbeatMonotonic).assumingMemoryBound(to: UInt64.self), spoor_monotonic_ns())
  }

  private static func encoded(_ resource: Resource) -> FieldBuffer {
    var fields = FieldBuffer()
    fields.append(.name, key: "service", value: resource.service.utf8)
    fields.append(.name, key: "instance", value: resource.instance.utf8)
    if let ipv4 = resource.ipv4 { fields.append(.name, key: "ipv4", value: ipv4.utf8) }
    if let ipv6 = resource.ipv6 { fields.append(.name, key: "ipv6", value: ipv6.utf8) }
    if resource.port != 0 { fields.append(.name, key: "port", value: String(resource.port).utf8) }
    for tag in resource.tags { fields.append(.attribute, key: tag.key, value: tag.value.utf8) }
    return fields
  }

  /// Reads a resource back; nil if it is not whole or has no service.
  static func resource(from bytes: UnsafeRawBufferPointer) -> Resource? {
    var result = Resource(service: "", instance: "")
    var fields = unsafe RecordFields(bytes)
    while let field = fields.next() {
      let text = unsafe String(decoding: field.value, as: UTF8.self)
      switch (field.kind, field.keyText) {
      case (.name, "service"): result.service = text
      case (.name, "instance"): result.instance = text
      case (.name, "ipv4"): result.ipv4 = text
      case (.name, "ipv6"): result.ipv6 = text
      case (.name, "port"): result.port = UInt16(text) ?? 0
      case (.attribute, let key): result.tags.append(Resource.Tag(key, text))
      default: break
      }
    }
    return fields.isComplete && !result.service.isEmpty ? result : nil
  }
}
