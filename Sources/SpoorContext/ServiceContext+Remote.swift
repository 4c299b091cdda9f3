public import Tracing

extension ServiceContext {
  /// What the caller in another process said about the trace, as an `extract` left it here; `nil` if it said nothing.
  ///
  /// Set to `.samplingOnly(.debug)`, it makes the next span the root of a trace that is recorded past every sampler.
  ///
  /// Reading costs one look-up in the context's dictionary (some 50 ns), writing copies that dictionary.
  public var remoteTraceContext: ExtractedContext? {
    get { remoteOrigin?.extracted }
    set { remoteOrigin = newValue.map { RemoteOrigin(extracted: $0, links: remoteLinks) } ?? links(remoteLinks) }
  }

  /// Spans of others that the next local root links, without continuing their traces: a caller who is not trusted, the
  /// messages of a batch.
  public var remoteLinks: [TraceContext] {
    get { remoteOrigin?.links ?? [] }
    set {
      remoteOrigin =
        remoteOrigin.map { RemoteOrigin(extracted: $0.extracted, links: newValue) }.flatMap { $0.isEmpty ? nil : $0 }
        ?? links(newValue)
    }
  }

  /// Both at once: one look-up for the tracer.
  package var remoteOrigin: RemoteOrigin? {
    get { self[RemoteOriginKey.self] }
    set { self[RemoteOriginKey.self] = newValue }
  }

  private func links(_ links: [TraceContext]) -> RemoteOrigin? {
    links.isEmpty ? nil : RemoteOrigin(links: links)
  }
}

private enum RemoteOriginKey: ServiceContextKey {
  typealias Value = RemoteOrigin
  static var nameOverride: String? { "spoor-remote-trace-context" }
}

/// Where a request comes from. One word, so that the context's dictionary holds it in place and casts it back by a glance
/// at its class.
package final class RemoteOrigin: Sendable {
  /// What is continued.
  package let extracted: ExtractedContext?
  /// What is linked.
  package let links: [TraceContext]
  /// The nearest span before that Spoor made, where somebody in between put an id of its own into `traceparent`.
  package let upstream: SpanID?

  package init(extracted: ExtractedContext? = nil, links: [TraceContext] = [], upstream: SpanID? = nil) {
    self.extracted = extracted
    self.links = links
    self.upstream = upstream
  }

  var isEmpty: Bool { extracted == nil && links.isEmpty }
}
