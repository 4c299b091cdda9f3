// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The logs of an incident of two services: order 4 fails unnoticed and leaves its connection in a bad state; orders 5
/// to 8 get this connection one after the other, and fail. The other orders succeed.
enum Incident {
  static func trace(_ order: Int) -> String { "463ac35c9f6413ad48485a39530000" + (order < 10 ? "0" : "") + "\(order)" }
  static let failed = 5...8
  static let guilty = 4

  static var orders: String { (1...12).flatMap(order).joined(separator: "\n") + "\n" }

  static var gateway: String {
    (1...12).flatMap { number -> [String] in
      let received = record(
        number, 0, "info", "gateway", "order_received", #","order_id":"ORD\#(number)","zone":"\#(zone(number))""#)
      guard failed.contains(number) else { return [received] }
      let answer = #","error.type":"DownstreamError","error.message":"orders answered 500","status_code":500"#
      return [received, record(number, 9, "error", "gateway", "order_failed", answer)]
    }
    .joined(separator: "\n") + "\n"
  }

  private static func zone(_ order: Int) -> String { failed.contains(order) ? "b" : "a" }

  private static func order(_ number: Int) -> [String] {
    if number == guilty {
      let error = #""error.type":"StorageError","error.message":"SELECT coupons: no such table: coupons""#
      let cause =
        #"{"type":"DatabaseError","message":"no such table: coupons","stack_trace":"Store.discount(of:) at Store.swift:60"}"#
      let stack = #""error.stack_trace":"Pool.run(_:) at Pool.swift:52\nswift_task_switch""#
      let rest = #""error.handled":true,"error.fingerprint":"aaaa""#
      return [
        record(
          number, 1, "warning", "orders", "coupon_ignored", ",\(error),\(stack),\"error.causes\":[\(cause)],\(rest)")
      ]
    }
    guard failed.contains(number) else { return [record(number, 1, "info", "orders", "order_placed", "")] }
    let error = #""error.type":"StorageError","error.message":"INSERT orders: within a transaction""#
    let rest =
      #""error.fingerprint":"bbbb","connection":3,"previous_holder":"\#(trace(number - 1))","order_id":"ORD\#(number)""#
    return [record(number, 1, "error", "orders", "storage_failed", ",\(error),\(rest)")]
  }

  private static func record(
    _ number: Int, _ millisecond: Int, _ level: String, _ service: String, _ event: String, _ fields: String
  ) -> String {
    let time = "2023-11-07T14:23:\(number < 10 ? "0" : "")\(number).00\(millisecond)Z"
    let head = #"{"timestamp":"\#(time)","level":"\#(level)","service":"\#(service)","trace_id":"\#(trace(number))""#
    return head + #","span_id":"000000000000000\#(service == "gateway" ? 1 : 2)","event":"\#(event)"\#(fields)}"#
  }

  /// Calls `body` with a directory that has both logs.
  static func withLogs(_ body: (URL) throws -> Void) async throws {
    try await withScratch { directory in
      try Data(orders.utf8).write(to: directory.appending(path: "orders.log"))
      try Data(gateway.utf8).write(to: directory.appending(path: "gateway.log"))
      try body(directory)
    }
  }
}
