// SPDX-License-Identifier: Apache-2.0

/// Corrects the times of hosts whose clocks differ.
///
/// Only one case proves a difference: a called side on another host that began before its caller's side
/// (docs/ZIPKIN.md, "Trees"). The request and the response are then assumed to have taken equally long: the called side
/// is moved so that half of its caller's additional waiting time is before it. Spans of the same host below it move
/// with it.
enum ClockSkew {
  static func correct(_ draft: inout TreeDraft) {
    for index in draft.topDown() {
      guard let above = draft.nodes[index].parent, let span = draft.nodes[index].span else { continue }
      let parent = draft.nodes[above]
      guard let parentSpan = parent.span else { continue }
      if parentSpan.kind == .client, span.kind == .server {
        draft.setSkew(skew(of: span, calledBy: parentSpan, at: parent.start), of: index)
      } else if isSameHost(span, parentSpan) {
        draft.setSkew(parent.skew, of: index)
      }
    }
  }

  private static func skew(of server: ZipkinSpan, calledBy client: ZipkinSpan, at clientStart: Int64?) -> Int64 {
    guard let clientStart, let serverStart = server.timestamp, serverStart < clientStart, !isSameHost(server, client)
    else { return 0 }
    let waited = (client.duration ?? 0) - (server.duration ?? client.duration ?? 0)
    let (difference, overflow) = clientStart.subtractingReportingOverflow(serverStart)
    return overflow ? 0 : difference.addingClamped(max(0, waited / 2))
  }

  private static func isSameHost(_ one: ZipkinSpan, _ other: ZipkinSpan) -> Bool {
    guard let ours = one.localEndpoint, let theirs = other.localEndpoint else { return true }
    if ours.hasAddress, theirs.hasAddress { return ours.sharesAddress(with: theirs) }
    return ours.serviceName == theirs.serviceName
  }
}
