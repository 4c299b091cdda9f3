// SPDX-License-Identifier: Apache-2.0

import SpoorJournal

@testable import SpoorExport

extension ZipkinCase {
  private static let when: UInt64 = 1_699_366_981_234_999_999
  private static let micros: UInt64 = 1_699_366_981_234_999

  static let failures: [ZipkinCase] = [
    ZipkinCase("status ok", { $0.status(.ok) }, { $0.tags = ["otel.status_code": "OK"] }),
    ZipkinCase("status unset", { $0.status(.unset, "ignored") }),
    ZipkinCase(
      "failed, with a description", { $0.status(.error, "no answer in 300 ms") },
      { $0.tags = ["error": "no answer in 300 ms", "otel.status_code": "ERROR"] }),
    ZipkinCase(
      "failed, without a description", { $0.status(.error) }, { $0.tags = ["error": "", "otel.status_code": "ERROR"] }),
    ZipkinCase(
      "failed, with an exception",
      {
        $0.status(.error)
        $0.event("exception", at: when) {
          $0.attribute("exception.type", "PaymentTimeout")
          $0.attribute("exception.message", "no answer")
        }
      },
      {
        $0.tags = ["error": "no answer", "otel.status_code": "ERROR"]
        $0.annotations = [
          .init(
            timestamp: micros,
            value: #""exception": {"exception.type": "PaymentTimeout", "exception.message": "no answer"}"#)
        ]
      }),
    ZipkinCase(
      "failed, with an exception that has only a type",
      {
        $0.event("exception", at: when) { $0.attribute("exception.type", "PaymentTimeout") }
        $0.status(.error)
      },
      {
        $0.tags = ["error": "PaymentTimeout", "otel.status_code": "ERROR"]
        $0.annotations = [.init(timestamp: micros, value: #""exception": {"exception.type": "PaymentTimeout"}"#)]
      }),
    ZipkinCase(
      "failed, with an attribute that describes the error",
      {
        $0.attribute("error", "payment declined")
        $0.status(.error)
      }, { $0.tags = ["error": "payment declined", "otel.status_code": "ERROR"] }),
    ZipkinCase(
      "failed, with an attribute that contradicts the description",
      {
        $0.attribute("error", "payment declined")
        $0.status(.error, "no answer")
      }, { $0.tags = ["error": "no answer", "otel.status_code": "ERROR"] }),
    ZipkinCase(
      "failed, with the attribute error = false",
      {
        $0.attribute("error", false)
        $0.status(.error)
      }, { $0.tags = ["error": "", "otel.status_code": "ERROR"] }),
    ZipkinCase("error = false is no error", { $0.attribute("error", false) }),
    ZipkinCase("error = \"false\" is no error", { $0.attribute("error", "false") }),
    ZipkinCase("error = true is an error", { $0.attribute("error", true) }, { $0.tags = ["error": "true"] }),
    ZipkinCase(
      "the last status wins",
      {
        $0.status(.error, "first")
        $0.status(.ok)
      }, { $0.tags = ["otel.status_code": "OK"] }),
    ZipkinCase(
      "interrupted",
      {
        $0.flags = .interrupted
        $0.origin("charge(_:) Payment.swift:42")
        $0.attribute("error", "mine")
        $0.attribute("spoor.interrupted", "no")
        $0.status(.error, "no answer")
      },
      {
        $0.tags = [
          "error": "interrupted: the process ended", "spoor.interrupted": "true", "otel.status_code": "ERROR",
          "otel.status_description": "no answer", "spoor.origin": "charge(_:) Payment.swift:42",
        ]
      }),
    ZipkinCase(
      "interrupted, with an unknown end",
      { ($0.flags, $0.durationNanoseconds) = (.interrupted, 0) },
      {
        $0.duration = nil
        $0.tags = ["error": "interrupted: the process ended", "spoor.interrupted": "true"]
      }),
    ZipkinCase(
      "never ended",
      {
        $0.flags = .neverEnded
        $0.origin("charge(_:) Payment.swift:42")
      }, { $0.tags = ["error": "never ended", "spoor.origin": "charge(_:) Payment.swift:42"] }),
    ZipkinCase(
      "still open",
      {
        $0.durationNanoseconds = 0
        $0.origin("charge(_:) Payment.swift:42")
      },
      {
        $0.duration = nil
        $0.annotations = [.init(timestamp: 1_699_366_981_234_567, value: "spoor.open")]
        $0.tags = ["spoor.origin": "charge(_:) Payment.swift:42"]
      }),
    ZipkinCase("the origin of a span that ended is left out", { $0.origin("charge(_:) Payment.swift:42") }),
    ZipkinCase("kept because it failed", { $0.kept = .error }, { $0.tags = ["spoor.kept": "error"] }),
    ZipkinCase(
      "kept because it was slow",
      {
        $0.kept = .slow
        $0.attribute("spoor.kept", "mine")
      }, { $0.tags = ["spoor.kept": "slow"] }),
  ]

  static let happenings: [ZipkinCase] = [
    ZipkinCase(
      "events",
      {
        $0.event("cache miss", at: when)
        $0.event("retry", at: when + 1000) {
          $0.attribute("n", 1)
          $0.attribute("why", "say \"no\"")
          $0.attribute("n", 2)
          $0.attribute("ok", false)
          $0.attribute("hosts", .stringArray, .strings(["a", "b"]))
        }
      },
      {
        $0.annotations = [
          .init(timestamp: micros, value: "cache miss"),
          .init(
            timestamp: micros + 1,
            value: #""retry": {"why": "say \"no\"", "n": 2, "ok": false, "hosts": ["a","b"]}"#),
        ]
      }),
    ZipkinCase(
      "equal events within a microsecond are one annotation",
      {
        $0.event("tick", at: when)
        $0.event("tock", at: when)
        $0.event("tick", at: when - 500)
        $0.event("tick", at: when + 1000)
      },
      {
        $0.annotations = [
          .init(timestamp: micros, value: "tick"), .init(timestamp: micros, value: "tock"),
          .init(timestamp: micros + 1, value: "tick"),
        ]
      }),
    ZipkinCase(
      "events without a name or a time are left out",
      {
        $0.event("", at: when)
        $0.event("early", at: 0)
      }),
    ZipkinCase(
      "links",
      {
        $0.link(high: 0x463a_c35c_9f64_13ad, low: 0x4848_5a39_53bb_6124, span: 0xff)
        $0.link(low: 1, span: 2) {
          $0.attribute("kind", "follows")
          $0.attribute("n", 7)
          $0.attribute("list", .int64Array, Int64(1).littleEndianBytes)
        }
        $0.attribute("link.0", "mine")
      },
      {
        $0.tags = [
          "link.0": "463ac35c9f6413ad48485a3953bb6124-00000000000000ff",
          "link.1": "0000000000000001-0000000000000002", "link.1.kind": "follows", "link.1.n": "7",
          "link.1.list": "[1]",
        ]
      }),
    ZipkinCase(
      "an attribute may be named like a link if there is none", { $0.attribute("link.0", "mine") },
      { $0.tags = ["link.0": "mine"] }),
  ]

  static let resources: [ZipkinCase] = [
    ZipkinCase(
      "the resource's tags on a local root: the span's own come first, and the last of two wins",
      {
        $0.flags = .localRoot
        $0.resource.instance = "7f3a"
        $0.resource.tags = [
          .init("host.name", "web-1"), .init("service.version", "1"), .init("service.version", "2"),
          .init("deployment", "blue"), .init("error", "tags that the resource must not set"),
        ]
        $0.attribute("deployment", "green")
        $0.status(.error, "no")
      },
      {
        $0.tags = [
          "host.name": "web-1", "service.version": "2", "deployment": "green", "service.instance.id": "7f3a",
          "error": "no", "otel.status_code": "ERROR",
        ]
      }),
    ZipkinCase(
      "no resource tags on a child span",
      { $0.resource = Resource(service: "order-service", instance: "7f3a", tags: [.init("host.name", "web-1")]) }),
    ZipkinCase(
      "a service with an address",
      { ($0.resource.ipv4, $0.resource.port) = ("192.0.2.1", 8080) },
      { $0.localEndpoint = .init(serviceName: "order-service", ipv4: "192.0.2.1", port: 8080) }),
    ZipkinCase(
      "a service with an IPv6 address",
      { $0.resource.ipv6 = "2001:DB8:0:0::1" },
      { $0.localEndpoint = .init(serviceName: "order-service", ipv6: "2001:db8::1") }),
    ZipkinCase(
      "an IPv4 address inside an IPv6 address",
      { $0.resource.ipv6 = "::ffff:192.0.2.1" },
      { $0.localEndpoint = .init(serviceName: "order-service", ipv4: "192.0.2.1") }),
    ZipkinCase("a service without a name", { $0.resource.service = "" }, { $0.localEndpoint = nil }),
  ]
}
