// SPDX-License-Identifier: Apache-2.0

import Foundation
import SpoorCollect
import Testing

/// OpenTelemetry Python, Rotel, Envoy and the messages of `opentelemetry-proto` send to a running collector, and
/// compare what it then has with what they sent (`Tools/Tests/Peers/otlp/peers.py`).
@Suite struct OTLPPeerTests {
  @Test(arguments: [
    "every_field_of_a_span_comes_back", "every_field_of_a_log_record_is_kept", "what_makes_no_sense_is_refused_by_name",
    "opentelemetry_python_with_protobuf", "opentelemetry_python_with_json", "opentelemetry_python_with_gzip",
    "rotel_forwards", "envoy_sends_over_http",
  ])
  func theirRecordsComeBackAsTheyWereSent(name: String) async throws {
    let python = try await PeerProcess.run(PeerProcess.root.appending(path: "scripts/python-env.sh").path, ["otlp"])
    let script = PeerProcess.root.appending(path: "Tools/Tests/Peers/otlp/peers.py").path
    var configuration = CollectorConfiguration(port: 0)
    configuration.otlpPort = 0
    try await RunningCollector.with(configuration) { collector async throws in
      let otlp = try #require(collector.otlpPort)
      let output = try await PeerProcess.run(
        python, [script, name, "http://127.0.0.1:\(collector.port)", "http://127.0.0.1:\(otlp)"])
      #expect(output.hasSuffix("passed"), "\(output)")
    }
  }
}
