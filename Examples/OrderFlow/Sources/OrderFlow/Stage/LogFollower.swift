// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Reads the services' logs as they grow, like a log shipper, and sends whole lines to the collector.
///
/// The files remain the source. A collector without `/logs`, such as Zipkin, is tried once and not again.
struct LogFollower: Sendable {
  let directory: RunDirectory
  let address: String
  let http: HTTPClient
  /// How many bytes of each file the collector has.
  private var offsets: [ServiceRole: UInt64] = [:]
  private var isTaken = true

  init(directory: RunDirectory, address: String, http: HTTPClient) {
    self.directory = directory
    self.address = address
    self.http = http
  }

  /// Sends new lines. Lines that the collector refuses are sent again the next time.
  mutating func forward() async {
    for role in ServiceRole.allCases where isTaken {
      let offset = offsets[role] ?? 0
      guard let handle = FileHandle(forReadingAtPath: directory.log(of: role.rawValue)) else { continue }
      defer { try? handle.close() }
      guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.read(upToCount: 1 << 20),
        let end = data.lastIndex(of: UInt8(ascii: "\n"))
      else { continue }
      let lines = data[...end]
      if await send(lines) { offsets[role] = offset + UInt64(lines.count) }
    }
  }

  private mutating func send(_ lines: Data) async -> Bool {
    var request = HTTPClientRequest(url: address + "/logs")
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/x-ndjson")
    request.body = .bytes(ByteBuffer(bytes: lines))
    guard let response = try? await http.execute(request, timeout: .seconds(5)) else { return false }
    _ = try? await response.body.collect(upTo: 1 << 16)
    if response.status == .notFound || response.status == .methodNotAllowed { isTaken = false }
    return response.status.code < 300
  }
}
