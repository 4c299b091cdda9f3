// SPDX-License-Identifier: Apache-2.0

internal import SpoorModel
internal import SpoorSources
internal import SpoorTerminal

/// How traces differ, and which traces lead to which.
enum ComparisonTools {
  static let all = [compareTraces, traceChains]

  private static let change = Shape.object([
    .always("path", .list(.evidence), "The services and names from the root to the span, at most the last three."),
    .optional("before_us", .integer, "Left out if the first trace does not have the span."),
    .always("after_us", .integer), .optional("reason", .evidence, "Why it fails in the second trace."),
  ])
  private static let branch = Shape.object([
    .always("path", .list(.evidence)), .always("spans_below", .integer, "The number of spans below it, also left out."),
  ])
  private static let side = Shape.object([
    .always("trace_id", .string), .always("duration_us", .integer), .always("spans", .integer),
    .always("failed", .boolean, "Its root failed."),
  ])

  private static let compareTraces = Tool(
    "compare_traces",
    title: "Difference of two traces",
    description:
      "The spans of the second trace that fail, are new, are missing, or take longer or less than in the first.",
    parameters: [
      Parameter("before", .traceID, "The trace to compare with, such as a good one.", required: true),
      Parameter("after", .traceID, "The trace to explain.", required: true),
    ],
    output: [
      .always("before", side), .always("after", side), .always("fails_now", .list(change), "The first failure first."),
      .always("repaired", .list(change)), .always("new", .list(branch)), .always("missing", .list(branch)),
      .always("slower", .list(change)), .always("faster", .list(change)),
    ]
  ) { arguments, sources in
    var notes: [String] = []
    let before = TraceTree(try await sources.trace(arguments.text("before") ?? "", &notes).spans)
    let after = TraceTree(try await sources.trace(arguments.text("after") ?? "", &notes).spans)
    for (name, tree) in [("before", before), ("after", after)] where tree.nodes.isEmpty {
      throw ToolFailure("\(name) must be a trace with spans, but only log records of it are known")
    }
    let difference = TraceDifference(before, after)
    func list(_ name: String, _ items: [JSON]) -> Answer.List {
      Answer.List(name, items, how: "ask for a larger max_bytes")
    }
    return Answer(
      members: ["before": json(before), "after": json(after)],
      lists: [
        list("fails_now", difference.failing.map { json($0) }), list("repaired", difference.repaired.map { json($0) }),
        list("new", difference.new.map { json($0) }), list("missing", difference.missing.map { json($0) }),
        list("slower", difference.slower.map { json($0) }), list("faster", difference.faster.map { json($0) }),
      ], notes: notes)
  }

  private static func json(_ tree: TraceTree) -> JSON {
    [
      "trace_id": .string(tree.traceID?.description ?? ""), "duration_us": .int(tree.duration),
      "spans": .whole(tree.spanCount), "failed": .bool(tree.rootSpan?.isError == true),
    ]
  }

  private static func json(_ change: TraceDifference.Change) -> JSON {
    .record([
      "path": path(change.path), "before_us": change.before.map { .int($0) }, "after_us": .int(change.after),
      "reason": change.reason.isEmpty ? nil : .evidence(change.reason),
    ])
  }

  private static func json(_ branch: TraceDifference.Branch) -> JSON {
    ["path": path(branch.path), "spans_below": .whole(branch.spansBelow)]
  }

  private static func path(_ names: [String]) -> JSON { .array(names.map { .evidence($0) }) }

  private static let traceChains = Tool(
    "trace_chains", title: "Chains of traces",
    description: """
      The traces that a field leads to: from a trace to the one whose id the field has (previous_holder, a link), from \
      there to the next, up to the start of the chain, each with its first failure.
      """,
    parameters: [.traceID, Parameter("field", .text(200), "Only along this field or tag.")],
    output: [
      .always("trace_id", .string),
      .always(
        "chains",
        .list(
          .object([
            .always("field", .evidence),
            .always(
              "hops",
              .list(
                .object([
                  .always("trace_id", .evidence), .always("name", .evidence),
                  .optional("failed_first", Rendering.failure),
                ])), "The traces in the order in which the field leads to them; the last is the start of the chain."),
            .always("other_trace_ids", .list(.evidence), "Further traces that the field of the first trace names."),
          ]))),
    ]
  ) { arguments, sources in
    var notes: [String] = []
    let document = try await sources.trace(arguments.text("trace_id") ?? "", &notes)
    let chains = await TraceChain.all(from: document, along: arguments.text("field")) { await sources.known($0) }
    let items = chains.map { chain in
      // The start of the chain matters most, so a long one is shown by its ends.
      let hops = chain.hops.count > 12 ? chain.hops.prefix(6) + chain.hops.suffix(6) : chain.hops[...]
      return JSON.record([
        "field": .evidence(chain.field),
        "hops": .array(
          hops.map { hop in
            .record([
              "trace_id": .evidence(hop.id), "name": .evidence(hop.name),
              "failed_first": Rendering.failure(hop.failure),
            ])
          }), "more_hops": chain.hops.count > hops.count ? .whole(chain.hops.count - hops.count) : nil,
        "other_trace_ids": .array(chain.others.map { .evidence($0) }),
      ])
    }
    return Answer(
      members: ["trace_id": .string(document.traceIDs.first ?? "")],
      lists: [Answer.List("chains", items, how: "ask for one field, or for a larger max_bytes")], notes: notes)
  }
}
