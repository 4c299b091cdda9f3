// SPDX-License-Identifier: Apache-2.0

/// A tool: what it takes, what it answers, and how it finds the answer. No tool writes, sends or deletes anything.
struct Tool: Sendable {
  let name: String
  let title: String
  let description: String
  let parameters: [Parameter]
  let output: [Shape.Property]
  let run: @Sendable (Arguments, EvidenceSources) async throws -> Answer

  init(
    _ name: String, title: String, description: String, parameters: [Parameter], output: [Shape.Property],
    run: @escaping @Sendable (Arguments, EvidenceSources) async throws -> Answer
  ) {
    self.name = name
    self.title = title
    self.description = description
    self.parameters =
      parameters + [
        Parameter(
          "max_bytes", .integer(BoundedAnswer.minimumBytes...BoundedAnswer.maximumBytes),
          "The limit of the answer in bytes, both of its copies together; \(BoundedAnswer.defaultBytes) if left out.")
      ]
    self.output = output
    self.run = run
  }

  /// All tools, in the order in which they are listed.
  static let all: [Tool] =
    ServiceTools.all + TraceTools.all + ErrorTools.all + LogTools.all + ComparisonTools.all + ProcessTools.all

  /// Its entry in `tools/list`.
  var json: JSON {
    let required = parameters.filter(\.isRequired).map { JSON.string($0.name) }
    return [
      "name": .string(name), "title": .string(title), "description": .string(description),
      "inputSchema": [
        "type": .string("object"),
        "properties": .object(parameters.map { JSON.Member(key: $0.name, value: $0.schema) }),
        "required": .array(required), "additionalProperties": .bool(false),
      ],
      "outputSchema": Shape.output(output),
      "annotations": [
        "readOnlyHint": .bool(true), "destructiveHint": .bool(false), "idempotentHint": .bool(true),
        "openWorldHint": .bool(false),
      ],
    ]
  }
}
