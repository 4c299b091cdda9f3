// SPDX-License-Identifier: Apache-2.0

/// The processes of the order flow. The raw value is the service's name in spans, logs and file names.
enum ServiceRole: String, CaseIterable, Sendable {
  case risk = "risk-service"
  case payment = "payment-service"
  case inventory = "inventory-service"
  case order = "order-service"
  case worker = "fulfilment-worker"
  case gateway = "gateway"
}
