// SPDX-License-Identifier: Apache-2.0

public import Tracing

extension ServiceContext {
  /// The caller's trace context, as `extract` read it; `nil` if the caller sent none.
  ///
  /// If set to `.samplingOnly(.debug)`, the next span is the root of a trace that is recorded regardless of samplers.
  ///
  /// A read is one look-up in the context's dictionary (about 50 ns); a write copies that dictionary.
  public var remoteTraceContext: ExtractedContext? {
    get { remoteOrigin?.extracted }
    set { remoteOrigin = newValue.map { RemoteOrigin(extracted: $0, links: remoteLinks) } ?? links(remoteLinks) }
  }

  /// Spans that the next local root links to without continuing their traces: the span of an untrusted caller, or those
  /// of the messages in a batch.
  public var remoteLinks: [TraceContext] {
    get { remoteOrigin?.links ?? [] }
    set {
      remoteOrigin =
        remoteOrigin.map { RemoteOrigin(extracted: $0.extracted, links: newValue) }.flatMap { $0.isEmpty ? nil : $0 }
        ?? links(newValue)
    }
  }

  /// The remote context and the links together, so that the tracer needs one look-up.
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

/// The origin of a request. It is one word, so that the context's dictionary stores it inline and casts it back by
/// comparing its class.
package final class RemoteOrigin: Sendable {
  /// The context that is continued.
  package let extracted: ExtractedContext?
  /// The contexts that are linked.
  package let links: [TraceContext]
  /// The nearest earlier span that Spoor made, if a proxy in between replaced the span id in `traceparent`.
  package let upstream: SpanID?

  package init(extracted: ExtractedContext? = nil, links: [TraceContext] = [], upstream: SpanID? = nil) {
    self.extracted = extracted
    self.links = links
    self.upstream = upstream
  }

  var isEmpty: Bool { extracted == nil && links.isEmpty }
}
