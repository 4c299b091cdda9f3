// SPDX-License-Identifier: Apache-2.0

internal import SpoorGrep
internal import SpoorLogs
internal import SpoorModel
internal import SpoorTerminal

/// Groups of failures, as `spoor errors --json` writes them, with the texts of services marked as data.
enum FailureJSON {
  private static let identity: [Shape.Property] = [.always("service", .evidence), .always("event", .evidence)]

  private static let chain: [Shape.Property] = [.always("field", .evidence), .always("traces", .integer)] + identity
  private static let follower: [Shape.Property] = identity + [.always("traces", .integer)]
  private static let link: [Shape.Property] = [
    .always("field", .evidence), .always("trace_id", .evidence), .always("event", .evidence),
    .always("traces", .integer),
  ]
  private static let members: [Shape.Property] = [
    .always("count", .integer), .always("handled", .integer, "Those from which the program recovered."),
    .always("traces", .integer), .optional("first", .string), .optional("last", .string),
    .always("error", .evidence), .optional("stack", .evidence), .always("causes", .list(Rendering.cause)),
    .optional("trace_id", .evidence, "A trace to look at."),
    .always("explains", .integer, "Failed traces of other groups that lead back to this one."),
    .always("chains", .list(.object(chain)), "Where a field that names other traces leads back to."),
    .always("links", .list(.object(link)), "Traces without a failure that a field names, as the holder of a lock."),
    .always("followed_by", .list(.object(follower))), .always("only_failed_have", .list(.evidence)),
  ]

  static let shape = Shape.object(identity + members)

  /// A group; `nil` if it is not JSON.
  static func marked(_ group: String) -> JSON? {
    guard let json = JSON(Array(group.utf8)) else { return nil }
    return shape.marked(json)
  }
}

extension Shape {
  /// The members of a value that this shape has, in its order, with texts where it has evidence marked as such.
  fileprivate func marked(_ json: JSON) -> JSON? {
    switch (self, json) {
    case (.evidence, .string(let text)): .evidence(text)
    case (.list(let item), .array(let values)): .array(values.compactMap { item.marked($0) })
    case (.object(let properties), .object):
      .object(
        properties.compactMap { property in
          let value =
            property.name == "stack"
            ? Rendering.stack(json["stack_trace"]?.text) : json[property.name].flatMap { property.shape.marked($0) }
          return value.map { JSON.Member(key: property.name, value: $0) }
        })
    case (.string, .string), (.integer, .int), (.number, .double), (.number, .int), (.boolean, .bool): json
    default: nil
    }
  }
}
