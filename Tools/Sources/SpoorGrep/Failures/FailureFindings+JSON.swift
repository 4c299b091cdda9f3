// SPDX-License-Identifier: Apache-2.0

internal import SpoorLogs

extension FailureFindings {
  /// One JSON object per kind of failure, the first `limit` of them.
  public func json(limit: Int) -> [String] {
    findings.prefix(limit).map { finding in
      let group = report.groups[finding.group]
      let sample = group.sample
      var members = identity(finding.group)
      members += ["\"count\":\(group.count)", "\"handled\":\(group.handled)", "\"traces\":\(finding.traces)"]
      for (name, time) in [("first", group.first), ("last", group.last)] {
        if let time { members.append("\"\(name)\":\"\(RecordTime.text(time, isLocal: false))\"") }
      }
      members.append("\"error\":\(JSONText.quoted(sample.text))")
      if let stack = sample.stack { members.append("\"stack_trace\":\(JSONText.quoted(stack))") }
      let causes = sample.causes.map { cause in
        let stack = cause.stack.map { ",\"stack_trace\":\(JSONText.quoted($0))" } ?? ""
        return "{\"error\":\(JSONText.quoted(cause.text))\(stack)}"
      }
      members.append("\"causes\":[\(causes.joined(separator: ","))]")
      if let example = finding.example { members.append("\"trace_id\":\(JSONText.quoted(example))") }
      members.append("\"explains\":\(finding.explains)")
      let chains = finding.chains.flatMap { chain in
        chain.counts.sorted { $0.key < $1.key }.map { origin, count in
          "{\"field\":\(JSONText.quoted(chain.field)),\"traces\":\(count),\(identity(origin).joined(separator: ","))}"
        }
      }
      members.append("\"chains\":[\(chains.joined(separator: ","))]")
      let links = finding.links.map { link in
        "{\"field\":\(JSONText.quoted(link.field)),\"trace_id\":\(JSONText.quoted(link.traceID)),"
          + "\"event\":\(JSONText.quoted(link.event)),\"traces\":\(link.traces)}"
      }
      members.append("\"links\":[\(links.joined(separator: ","))]")
      let followers = finding.followers.sorted { $0.key < $1.key }.map { group, traces in
        "{\(identity(group).joined(separator: ",")),\"traces\":\(traces)}"
      }
      members.append("\"followed_by\":[\(followers.joined(separator: ","))]")
      let distinctions = finding.distinctions.map { JSONText.quoted($0.text) }
      members.append("\"only_failed_have\":[\(distinctions.joined(separator: ","))]")
      return "{\(members.joined(separator: ","))}"
    }
  }

  private func identity(_ group: Int) -> [String] {
    let sample = report.groups[group].sample
    return ["\"service\":\(JSONText.quoted(sample.service))", "\"event\":\(JSONText.quoted(sample.event))"]
  }
}
