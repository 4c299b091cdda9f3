// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Python's TLS server as a collector. Ends with this object.
package final class TLSServer {
  package let port: UInt16
  private let process = Process()
  private let input = Pipe()

  package init(_ certificates: Certificates, asksClients: Bool = false) throws {
    let output = Pipe()
    process.executableURL = URL(filePath: try Peer.python.get())
    process.arguments =
      [
        Peer.root.appending(path: "Tests/Peers/python/tls_server.py").path, certificates["server.pem"],
        certificates["server.key"],
      ] + (asksClients ? [certificates["ca.pem"]] : [])
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw Peer.Failure(description: "tls_server.py said \"\(line)\" instead of its port")
    }
    self.port = port
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}

/// A certificate authority, a server's certificate for 127.0.0.1, a client's certificate, and an authority that signed
/// neither; created by openssl.
package struct Certificates: Sendable {
  private let directory: URL

  package static let all: Result<Certificates, any Error> = Result { try Certificates() }

  private init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "spoor-certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for authority in ["ca", "other-ca"] {
      try openssl("req -x509 -nodes -days 30 -subj /CN=\(authority)", key: authority, out: authority)
    }
    for (name, addresses) in [("server", ["-addext", "subjectAltName=IP:127.0.0.1"]), ("client", [])] {
      let request = directory.appending(path: "\(name).csr").path
      try openssl("req -nodes -subj /CN=\(name) -out \(request)", key: name, out: nil, addresses)
      _ = try Peer.run(
        "/usr/bin/env",
        ["openssl"]
          + "x509 -req -days 30 -CAcreateserial -copy_extensions copy".split(separator: " ").map(String.init)
          + [
            "-in", request, "-CA", self["ca.pem"], "-CAkey", self["ca.key"], "-out", self["\(name).pem"],
          ])
    }
    _ = try Peer.run(
      "/usr/bin/env",
      [
        "openssl", "pkcs8", "-topk8", "-v2", "aes256", "-passout", "pass:\(Self.password)", "-in", self["client.key"],
        "-out", self["client-locked.key"],
      ])
  }

  /// The password of `client-locked.key`, which is `client.key` encrypted.
  package static let password = "5ecre7-of-a-key"

  /// The path of a file.
  package subscript(name: String) -> String { directory.appending(path: name).path }

  private func openssl(_ arguments: String, key: String, out: String?, _ more: [String] = []) throws {
    _ = try Peer.run(
      "/usr/bin/env",
      ["openssl"] + arguments.split(separator: " ").map(String.init)
        + ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", self["\(key).key"]]
        + (out.map { ["-out", self["\($0).pem"]] } ?? []) + more)
  }
}
