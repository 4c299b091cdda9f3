// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging

/// The catalog's HTTP routes, a part of inventory-service.
struct CatalogService: Sendable {
  let catalog: Catalog
  private let log = Logger(label: "products")

  init(catalog: Catalog) {
    self.catalog = catalog
  }

  /// Adds `GET /products/{sku}` and `GET /catalog/counts`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.get("products/{sku}") { request, context in
      try await Response.answering(request, context) {
        let sku = try context.parameters.require("sku")
        guard let available = try await catalog.available(sku) else {
          log.info("product_unknown", metadata: ["sku": "\(sku)"])
          throw Problem(status: .notFound, field: "sku", reason: "there is no product \(sku)")
        }
        log.info("product_found", metadata: ["sku": "\(sku)", "available": .stringConvertible(available)])
        return try .json(ProductAnswer(sku: sku, available: available))
      }
    }
    router.get("catalog/counts") { request, context in
      try await Response.answering(request, context) { try .json(catalog.counts) }
    }
  }
}
