import SpoorModel

/// The answer to a search of the page: traces, the operations in them, and what the store holds.
struct SearchAnswer {
  let summaries: TraceSummaries
  let limit: Int
  let isSlowestFirst: Bool
  let counts: StoreCounts

  var json: [UInt8] {
    var rows = summaries.rows
    if isSlowestFirst { rows.sort { $0.duration > $1.duration } }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("counts")
      writer.raw(Self.json(counts))
      writer.key("found")
      writer.number(summaries.rows.count)
      writer.key("more")
      writer.bool(summaries.isCut)
      writer.key("traces")
      writer.array { writer in for row in rows.prefix(limit) { write(row, to: &writer) } }
      writer.key("operations")
      writer.array { writer in
        for statistics in summaries.statistics.prefix(200) { write(statistics, to: &writer) }
      }
    }
    return writer.bytes
  }

  private func write(_ row: TraceRow, to writer: inout JSONWriter) {
    let root = row.root.flatMap { summaries.operations[$0] }
    writer.object { writer in
      writer.key("id")
      writer.string(row.traceID?.description ?? "")
      writer.key("name")
      writer.string(root?.name ?? "")
      writer.key("service")
      writer.string(root?.service ?? "")
      writer.key("start")
      writer.number(row.start ?? 0)
      writer.key("duration")
      writer.number(row.duration)
      writer.key("spans")
      writer.number(row.spans)
      writer.key("errors")
      writer.number(row.errors)
      writer.key("logs")
      writer.number(row.logs)
      writer.key("services")
      writer.array { writer in for service in summaries.services(of: row).prefix(12) { writer.string(service) } }
    }
  }

  private func write(_ statistics: TraceSummaries.Statistics, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("service")
      writer.string(statistics.operation.service)
      writer.key("name")
      writer.string(statistics.operation.name)
      writer.key("calls")
      writer.number(statistics.calls)
      writer.key("errors")
      writer.number(statistics.errors)
      writer.key("p50")
      writer.number(statistics.quantile(0.5))
      writer.key("p99")
      writer.number(statistics.quantile(0.99))
      writer.key("histogram")
      writer.array { writer in
        for bucket in statistics.histogram {
          writer.array { writer in
            writer.number(bucket.from)
            writer.number(bucket.count)
          }
        }
      }
    }
  }

  static func json(_ counts: StoreCounts) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("traces")
      writer.number(counts.traces)
      writer.key("spans")
      writer.number(counts.spans)
      writer.key("logs")
      writer.number(counts.logs)
      writer.key("bytes")
      writer.number(counts.bytes)
      writer.key("evicted")
      writer.number(counts.tracesEvicted)
      writer.key("dropped")
      writer.number(counts.spansRefused)
    }
    return writer.bytes
  }
}
