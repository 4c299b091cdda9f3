// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// payment-service's data about customers.
struct CustomerService: Sendable {
  /// Adds `GET /customers/{id}`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.get("customers/{id}") { request, context in
      try await Response.answering(request, context) {
        let id = try context.parameters.require("id")
        guard let number = id.wholeMatch(of: /U([0-9]{4})/).flatMap({ Int($0.1) }) else {
          throw Problem(status: .notFound, field: "id", reason: "there is no customer \(id)")
        }
        return try .json(CustomerAnswer(id: id, isRegular: number >= 5000))
      }
    }
  }
}
