// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `order-flow gateway`.
struct GatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gateway", abstract: "The entry: validates orders and starts their traces.")

  @OptionGroup var options: ServiceOptions
  @Option(help: "The address of order-service.") var order: String

  func run() async throws {
    let process = try ServiceProcess(.gateway, options: options)
    let gateway = Gateway(orders: process.client(.order, at: order))
    try await process.run { gateway.addRoutes(to: $0) }
  }
}

/// `order-flow order`.
struct OrderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "order", abstract: "Stores the orders.")

  @OptionGroup var options: ServiceOptions
  @Option(help: "The address of inventory-service.") var inventory: String
  @Option(help: "The address of payment-service.") var payment: String
  @Flag(help: "Hold one connection during the whole order, remote calls included: the first flaw of the incident.")
  var keepsConnection = false
  @Flag(help: "Return connections to the pool in any state: the second flaw of the incident.")
  var keepsBroken = false
  @Option(help: "The lifetime of a connection, in milliseconds.") var connectionLife = 300_000

  func run() async throws {
    let process = try ServiceProcess(.order, options: options)
    try options.run.placeOrderDatabase()
    let settings = PoolSettings(
      maximumLife: .milliseconds(connectionLife), destroysBroken: !keepsBroken,
      followsSwitch: !keepsBroken && !keepsConnection)
    let pool = ConnectionPool(path: options.run.orderDatabase, settings: settings)
    defer { pool.close() }
    let service = OrderService(
      pool: pool, inventory: process.client(.inventory, at: inventory),
      payment: process.client(.payment, at: payment), keepsConnection: keepsConnection)
    try await service.store.prepare()
    let quotes = QuoteService(
      inventory: process.client(.inventory, at: inventory), payment: process.client(.payment, at: payment))
    try await process.run(pool: pool) { router in
      service.addRoutes(to: router)
      quotes.addRoutes(to: router)
    }
  }
}

/// `order-flow inventory`.
struct InventoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "inventory", abstract: "Keeps the stock.")

  @OptionGroup var options: ServiceOptions
  @Option(help: "Additional time of a reservation, in milliseconds.") var delay = 0
  @OptionGroup var catalogOptions: CatalogOptions

  func run() async throws {
    let process = try ServiceProcess(.inventory, options: options)
    let pool = ConnectionPool(path: options.run.stockDatabase)
    defer { pool.close() }
    let service = InventoryService(pool: pool, delay: .milliseconds(delay))
    try await service.stock.prepare()
    let catalog = Catalog(stock: service.stock, settings: try catalogOptions.settings())
    try await process.run { router in
      service.addRoutes(to: router)
      CatalogService(catalog: catalog).addRoutes(to: router)
    }
  }
}

/// `order-flow payment`.
struct PaymentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "payment", abstract: "Charges cards.")

  @OptionGroup var options: ServiceOptions
  @Option(help: "The address of risk-service.") var risk: String

  func run() async throws {
    let process = try ServiceProcess(.payment, options: options)
    let service = PaymentService(risk: process.client(.risk, at: risk))
    try await process.run { router in
      service.addRoutes(to: router)
      CustomerService().addRoutes(to: router)
    }
  }
}

/// `order-flow risk`.
struct RiskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "risk", abstract: "Assesses the risk of charges.")

  @OptionGroup var options: ServiceOptions
  @Option(help: "One decision in this many is slow; 0 for none.") var slowEvery = 0
  @Option(help: "The duration of a slow decision, in milliseconds.") var slowTime = 250
  @Flag(help: "Let PUT /slowness change these values at run time.") var adjustable = false

  func run() async throws {
    let process = try ServiceProcess(.risk, options: options)
    let service = RiskService(
      slowness: RiskService.Slowness(every: slowEvery, milliseconds: slowTime), isAdjustable: adjustable)
    try await process.run { service.addRoutes(to: $0) }
  }
}

/// `order-flow worker`.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Processes the fulfilment tasks that order-service leaves in the task table.")

  @OptionGroup var options: ServiceOptions
  @Option(help: "The time to pack an order, in milliseconds.") var packingTime = 25

  func run() async throws {
    let process = try ServiceProcess(.worker, options: options)
    try options.run.placeOrderDatabase()
    let pool = ConnectionPool(path: options.run.orderDatabase)
    defer { pool.close() }
    try await OrderStore(pool: pool).prepare()
    let worker = FulfilmentWorker(pool: pool, packingTime: .milliseconds(packingTime))
    try await process.run(services: [worker]) { _ in }
  }
}
