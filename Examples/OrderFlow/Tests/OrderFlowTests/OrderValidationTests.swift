// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OrderFlow

struct OrderValidationTests {
  @Test(arguments: [
    ("ada@example.org", true), ("a@b.c", true), ("ada.lovelace+x@mail.example.org", true), ("ada@exämple.org", true),
    ("ada@example", false), ("@example.org", false), ("ada@", false), ("ada", false), ("a@b@c.org", false),
    ("ada @example.org", false), ("ada@-example.org", false), ("ada@example..org", false), ("", false),
  ])
  func `an e-mail address has a local part, one at sign and a dotted host`(text: String, isOne: Bool) {
    #expect(OrderValidation.isEmail(text) == isOne)
  }

  @Test(arguments: [2, 32]) func `names at the limits pass`(count: Int) throws {
    var order = OrderRequest.example("ORD1")
    order.customer.name = String(repeating: "a", count: count)
    try OrderValidation.check(order)
  }

  @Test(arguments: [0, 150]) func `ages at the limits pass`(age: Int) throws {
    var order = OrderRequest.example("ORD1")
    order.customer.age = age
    try OrderValidation.check(order)
  }

  @Test(arguments: [-1, 151]) func `ages beyond the limits are refused`(age: Int) {
    var order = OrderRequest.example("ORD1")
    order.customer.age = age
    #expect { try OrderValidation.check(order) } throws: { ($0 as? Problem)?.field == "customer.age" }
  }
}
