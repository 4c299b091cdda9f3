// SPDX-License-Identifier: Apache-2.0

import SpoorModel

/// The answer to a search of the page: traces, the operations in them, and what the store holds.
struct SearchAnswer {
  let summaries: TraceSummaries
  let counts: StoreCounts
  /// Microseconds since 1970.
  let now: Int64
  /// Whether the answer has the operations; the further parts of a list have none.
  let hasOperations: Bool

  var json: [UInt8] {
    let range = summaries.range(now: now)
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("counts")
      writer.raw(Self.json(counts))
      writer.key("found")
      writer.number(summaries.found)
      writer.key("more")
      writer.bool(summaries.isCut)
      writer.key("traces")
      writer.array { writer in for row in summaries.shown { write(row, to: &writer) } }
      guard hasOperations else { return }
      writer.key("counted")
      writer.object { writer in
        writer.key("traces")
        writer.number(summaries.rows.count)
        writer.key("sample")
        writer.bool(summaries.isSample)
        writer.key("from")
        writer.number(range.lowerBound)
        writer.key("to")
        writer.number(range.upperBound)
      }
      writer.key("operations")
      writer.array { writer in
        for statistics in summaries.statistics(over: range).prefix(200) { write(statistics, to: &writer) }
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
      writer.number(row.start ?? row.first ?? 0)
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

  private func write(_ statistics: OperationStatistics, to writer: inout JSONWriter) {
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
      if statistics.isSample {
        writer.key("sample")
        writer.bool(true)
      }
      // Calls, errors and the median of each interval.
      writer.key("series")
      writer.array { writer in
        for interval in statistics.series {
          writer.array { writer in
            writer.number(interval.calls)
            writer.number(interval.errors)
            writer.number(OperationStatistics.quantile(0.5, of: interval.durations.sorted()))
          }
        }
      }
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
      writer.key("linesDropped")
      writer.number(counts.linesRefused)
      if counts.rowsDamaged > 0 {
        writer.key("damaged")
        writer.number(counts.rowsDamaged)
      }
    }
    return writer.bytes
  }
}
