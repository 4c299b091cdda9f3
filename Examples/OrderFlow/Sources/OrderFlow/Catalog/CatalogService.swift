import HTTPTypes
import Hummingbird

/// The catalog over HTTP, a part of inventory-service.
struct CatalogService: Sendable {
  let catalog: Catalog

  /// `GET /products/{sku}` and `GET /catalog/counts`.
  func addRoutes(to router: Router<BasicRequestContext>) {
    router.get("products/{sku}") { request, context in
      try await Response.answering(request, context) {
        let sku = try context.parameters.require("sku")
        guard let available = try await catalog.available(sku) else {
          throw Problem(status: .notFound, field: "sku", reason: "there is no product \(sku)")
        }
        return try .json(ProductAnswer(sku: sku, available: available))
      }
    }
    router.get("catalog/counts") { request, context in
      try await Response.answering(request, context) { try .json(catalog.counts) }
    }
  }
}
