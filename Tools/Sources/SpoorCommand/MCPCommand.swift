// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import SpoorMCP
import SpoorSources

/// `spoor mcp`
struct MCPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Serves traces, logs and journals to programs and assistants by the Model Context Protocol.",
    discussion: """
      Speaks the protocol on standard input and output. All tools only read. The evidence comes from log files and
      documents of spans, from journals, from a collector, or from several of them; without any, from the collector on this
      machine. Tools/MCP.md explains how to connect assistants, and what each tool answers.

      Examples:
        spoor mcp --collector http://127.0.0.1:9411
        spoor mcp /var/log/orders /var/log/payments/*.log.gz
        spoor mcp --journal /var/lib/orders/journal --collector http://zipkin:9411 logs/
      """)

  @Argument(help: "Log files, documents of spans, and directories.", completion: .file())
  var files: [String] = []

  @Option(help: "The collector; http://127.0.0.1:9411 if neither files nor journals are named.")
  var collector: String?

  @OptionGroup var access: CollectorAccess

  @Option(help: "A directory with journals of a service; may be given several times.", completion: .directory)
  var journal: [String] = []

  @Option(help: "How many milliseconds a tool may search logs before it answers with what it has found.")
  var timeLimit = 350

  func validate() throws {
    guard (10...600_000).contains(timeLimit) else {
      throw ValidationError("--time-limit must be from 10 to 600000, but is \(timeLimit)")
    }
    if let collector {
      guard let url = URL(string: collector), ["http", "https"].contains(url.scheme ?? ""), url.host() != nil else {
        throw ValidationError("--collector must be an address such as http://127.0.0.1:9411, but is \(collector)")
      }
    }
    for path in files + journal where !FileManager.default.fileExists(atPath: path) {
      throw ValidationError("a file or directory must exist, but \(path) does not")
    }
  }

  func run() async throws {
    let local = files.isEmpty && journal.isEmpty ? "http://127.0.0.1:9411" : nil
    let client = (collector ?? local).map { CollectorClient(base: $0, token: access.token, timeout: 10) }
    let logs = files.isEmpty ? nil : LogIndex(files)
    // Reading begins before the first question.
    _ = await logs?.refresh(waiting: .zero)
    let directories = journal.map { ($0 as NSString).standardizingPath }
    var server = MCPServer(
      EvidenceSources(
        collector: client, logs: logs, journals: directories, timeLimit: .milliseconds(timeLimit)))
    await server.run()
  }
}
