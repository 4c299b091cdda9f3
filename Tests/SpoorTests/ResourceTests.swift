// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SpoorJournal
import Testing
import Tracing

@testable import Spoor

/// Detection of a service's environment.
@Suite struct ResourceTests {
  static let id = String(repeating: "0123456789abcdef", count: 4)

  private func detect(
    _ detector: ResourceDetector, _ environment: [String: String] = [:], files: [String: String] = [:]
  ) -> [String: String] {
    var detected = DetectedResource(environment: environment)
    detected.file = { files[$0] }
    detected.hostName = { "box-1" }
    detected.processID = { 42 }
    return Dictionary(uniqueKeysWithValues: detected.tags([detector]).map { ($0.key, $0.value) })
  }

  @Test func theHostAndTheProcessHaveTheirTags() {
    #expect(detect(.host) == ["host.name": "box-1"] && detect(.process) == ["process.pid": "42"])
  }

  @Test(
    arguments: [
      ("12:memory:/docker/\(id)\n0::/", id), ("0::/system.slice/docker-\(id).scope", id),
      ("1:name=systemd:/kubepods/burstable/pod1/\(id)", id),
      ("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-\(id).scope", id),
      ("11:cpu:/kubepods/pod1:cri-containerd:\(id)", id), ("0::/\n", nil), ("", nil),
      ("0::/user.slice/session-\(id.dropLast()).scope", nil), ("0::/docker/\(id.uppercased())", nil),
      ("0::/x\(id)", nil),
    ] as [(String, String?)])
  func aContainersIdIsReadFromItsGroup(groups: String, expected: String?) {
    #expect(detect(.container, files: ["/proc/self/cgroup": groups])["container.id"] == expected)
  }

  @Test func inVersionTwoItIsReadFromItsMounts() {
    let mounts = """
      614 607 0:66 / /proc rw shared:1 - proc proc rw
      620 607 254:1 /var/lib/docker/containers/\(Self.id)/hostname /etc/hostname rw - ext4 /dev/vda1 rw
      """
    let files = ["/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": mounts]
    #expect(detect(.container, files: files) == ["container.id": Self.id])
    #expect(detect(.container).isEmpty)
  }

  @Test(
    arguments: [
      "CLUSTER_NAME", "POD_NAMESPACE", "NODE_NAME", "DEPLOYMENT_NAME", "POD_NAME", "POD_UID", "CONTAINER_NAME",
    ])
  func aGeneralNameCountsOnlyInAPod(variable: String) {
    #expect(detect(.kubernetes, [variable: "x"]).isEmpty)
    #expect(detect(.kubernetes, [variable: "x", "KUBERNETES_SERVICE_HOST": "10.0.0.1"]).values.contains("x"))
    #expect(detect(.kubernetes, ["K8S_\(variable)": "x"]).isEmpty == (variable == "POD_NAMESPACE"))
  }

  @Test func kubernetesNamesComeFromTheDownwardAPI() {
    let environment = [
      "POD_NAME": "orders-7", "POD_NAMESPACE": "shop", "NODE_NAME": "node-1", "POD_UID": "u-1",
      "K8S_CONTAINER_NAME": "app",
      "K8S_DEPLOYMENT_NAME": "orders", "K8S_CLUSTER_NAME": "eu", "KUBERNETES_SERVICE_HOST": "10.0.0.1",
    ]
    #expect(
      detect(.kubernetes, environment) == [
        "k8s.pod.name": "orders-7", "k8s.namespace.name": "shop", "k8s.node.name": "node-1", "k8s.pod.uid": "u-1",
        "k8s.container.name": "app", "k8s.deployment.name": "orders", "k8s.cluster.name": "eu",
      ])
    #expect(detect(.kubernetes, ["POD_NAME": "old", "K8S_POD_NAME": "new"])["k8s.pod.name"] == "new")
  }

  @Test func aPodWithoutThemIsKnownByItsHostAndItsServiceAccount() {
    let files = ["/var/run/secrets/kubernetes.io/serviceaccount/namespace": "shop\n"]
    let environment = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "orders-7"]
    #expect(
      detect(.kubernetes, environment, files: files) == ["k8s.pod.name": "orders-7", "k8s.namespace.name": "shop"])
    // Outside a pod neither is present.
    #expect(detect(.kubernetes, ["HOSTNAME": "laptop"], files: files).isEmpty)
  }

  private func resolve(
    _ environment: [String: String], _ change: (inout SpoorConfiguration) -> Void = { _ in }
  ) throws -> ResolvedConfiguration {
    var configuration = SpoorConfiguration()
    change(&configuration)
    return try ResolvedConfiguration(configuration, environment: environment)
  }

  @Test func whatIsConfiguredGoesBeforeWhatIsFound() throws {
    let environment = ["OTEL_RESOURCE_ATTRIBUTES": "host.name=given", "K8S_POD_NAME": "orders-7"]
    let tags = try resolve(environment) { $0.service.attributes = ["process.pid": "1"] }.resource.tags
    #expect(tags.filter { $0.key == "host.name" }.map(\.value) == ["given"])
    #expect(tags.filter { $0.key == "process.pid" }.map(\.value) == ["1"])
    #expect(tags.contains(Resource.Tag("k8s.pod.name", "orders-7")))
  }

  @Test(
    arguments: [
      ("none", []), ("process", ["process.pid"]), ("kubernetes, process", ["process.pid", "k8s.pod.name"]),
    ] as [(String, [String])])
  func whatIsLookedForCanBeSaid(detectors: String, keys: [String]) throws {
    let environment = ["SPOOR_RESOURCE_DETECTORS": detectors, "K8S_POD_NAME": "orders-7"]
    #expect(try resolve(environment).resource.tags.map(\.key).filter { !$0.hasPrefix("spoor.") } == keys)
  }

  @Test func theTagsAreThoseOfLocalRootsAndNotOfEverySpan() async throws {
    let bench = try SystemBench()
    let system = try bench.system {
      $0.service.version = "1.2"
      $0.service.attributes = ["deployment.environment": "test"]
    }
    system.tracer.withSpan("root") { _ in system.tracer.withSpan("below") { _ in } }
    _ = await system.shutdown()
    func tags(_ name: String) -> [String: String] {
      bench.delivered.first { $0["name"] as? String == name }?["tags"] as? [String: String] ?? [:]
    }
    #expect(tags("root")["process.pid"] == "\(getpid())" && tags("root")["service.version"] == "1.2")
    #expect(tags("root")["host.name"]?.isEmpty == false && tags("root")["service.instance.id"]?.count == 16)
    #expect(tags("root")["deployment.environment"] == "test" && tags("root")["spoor.sampler"] == "always_on")
    #expect(tags("below").isEmpty)
  }

  @Test func chosenTagsAreFieldsOfLogRecordsToo() async throws {
    let bench = try SystemBench()
    let system = try bench.system {
      $0.service.version = "1.2"
      $0.service.logFields = ["host.name", "service.instance.id", "service.version", "absent"]
      $0.logging.preset = .ecs
    }
    system.logger(label: "x").info("event", metadata: ["host.name": "caller's"])
    _ = await system.shutdown()
    let line = try #require(bench.lines.first { $0["message"] as? String == "event" })
    #expect(line["host.name"] as? String != "caller's" && (line["service.instance.id"] as? String)?.count == 16)
    // ECS has its own field for it.
    #expect(line["service.version"] as? String == "1.2" && line["fields.service.version"] == nil)
  }
}
