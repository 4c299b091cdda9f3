// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The worked example: five services and a worker in one binary.
@main
struct OrderFlow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "order-flow",
    abstract: "An order through five services and a worker, and the traces and logs that it leaves.",
    discussion: """
      Start with:
        order-flow demo
        order-flow run trace
      The cases of `run` are listed by `order-flow run --help`.
      """,
    groupedSubcommands: [
      .init(name: "See it", subcommands: [DemoCommand.self, RunCommand.self, DrillCommand.self, LoadCommand.self]),
      .init(
        name: "The processes",
        subcommands: [
          GatewayCommand.self, OrderCommand.self, InventoryCommand.self, PaymentCommand.self, RiskCommand.self,
          WorkerCommand.self, CollectorCommand.self,
        ]),
    ])
}
