internal import SpoorJournal
internal import SpoorLogging

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Writes the lines that are still in the ring when the process ends by `exit` or by returning from `main`: at most a
/// second.
enum ExitDrain {
  private static let pipelines = Locked<[LogPipeline]>([])

  static func register(_ pipeline: LogPipeline) {
    let isFirst = pipelines.withLock { pipelines in
      pipelines.append(pipeline)
      return pipelines.count == 1
    }
    guard isFirst else { return }
    atexit {
      for pipeline in ExitDrain.pipelines.withLock({ $0 }) {
        pipeline.reportSuppressed(all: true)
        _ = pipeline.writer.drain(nanoseconds: 1_000_000_000, isLast: true)
      }
    }
  }
}
