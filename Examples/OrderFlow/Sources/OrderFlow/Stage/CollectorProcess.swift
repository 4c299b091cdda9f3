// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// The collector of a run: one that is already running, or one that the run starts.
struct CollectorProcess: Sendable {
  /// The name of its files in the run directory.
  static let name = "collector"

  /// The address, such as `http://127.0.0.1:9411`.
  let address: String
  /// The process, or `nil` if the collector was running before and keeps running.
  let process: ChildProcess?

  /// Uses the collector on `port`, or starts one there.
  ///
  /// - Parameters:
  ///   - port: 0 to start one on a free port.
  ///   - requiresOTLP: whether a running collector must accept OTLP.
  /// - Throws: ``PortTaken`` if something else listens on the port; ``NoOTLP`` if the running collector does not accept
  ///   OTLP.
  static func start(port: Int, requiresOTLP: Bool, directory: RunDirectory, http: HTTPClient) async throws
    -> CollectorProcess
  {
    let address = "http://127.0.0.1:\(port)"
    if port != 0, !(await isFree(port)) {
      guard await http.isCollector(address) else { throw PortTaken(port: port) }
      if requiresOTLP, !(await http.acceptsOTLP(address)) { throw NoOTLP(address: address) }
      return CollectorProcess(address: address, process: nil)
    }
    directory.forgetPort(of: Self.name)
    let process = try ChildProcess(
      name: Self.name, arguments: ["collector", "--port", "\(port)", "--directory", directory.path], environment: [:],
      directory: directory)
    do {
      let found = try await eventually("the collector answers", within: .seconds(30)) { () -> String? in
        if let ending = process.ending {
          throw EndedEarly(name: process.name, ending: ending, errors: directory.errors(of: process.name))
        }
        guard let port = directory.port(of: Self.name) else { return nil }
        let address = "http://127.0.0.1:\(port)"
        return await http.answers(address + "/health") ? address : nil
      }
      return CollectorProcess(address: found, process: process)
    } catch {
      await process.stop()
      throw error
    }
  }

  /// Whether a server can listen on the port.
  private static func isFree(_ port: Int) async -> Bool {
    let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { return false }
    try? await channel.close().get()
    return true
  }

  /// Stops the collector if this run started it.
  func stop() async {
    await process?.stop()
  }
}

/// Something that is no collector listens on the collector's port.
struct PortTaken: Error, CustomStringConvertible {
  let port: Int

  var description: String {
    "--collector-port must be free or that of a running collector, but something else listens on 127.0.0.1:\(port). "
      + "End it, or give another port; --collector-port 0 takes a free one"
  }
}

/// The running collector does not accept OTLP, as Zipkin does not.
struct NoOTLP: Error, CustomStringConvertible {
  let address: String

  var description: String {
    "the collector on --collector-port must accept OTLP, but \(address) does not; 0 starts one on a free port"
  }
}

extension HTTPClient {
  /// Whether the server answers Zipkin's query for the names of services, which the run needs to read traces.
  fileprivate func isCollector(_ address: String) async -> Bool {
    let request = HTTPClientRequest(url: address + "/api/v2/services")
    guard let response = try? await execute(request, timeout: .seconds(5)), response.status == .ok,
      let body = try? await response.body.collect(upTo: 1 << 20)
    else { return false }
    return body.readableBytesView.first == UInt8(ascii: "[")
  }

  /// Whether a request without spans and one without log records are answered with 2xx.
  fileprivate func acceptsOTLP(_ address: String) async -> Bool {
    for path in ["/v1/traces", "/v1/logs"] {
      var request = HTTPClientRequest(url: address + path)
      request.method = .POST
      request.headers.add(name: "content-type", value: "application/x-protobuf")
      guard let response = try? await execute(request, timeout: .seconds(5)) else { return false }
      _ = try? await response.body.collect(upTo: 1 << 16)
      guard (200..<300).contains(response.status.code) else { return false }
    }
    return true
  }
}
