// SPDX-License-Identifier: Apache-2.0

extension SpoorConfiguration {
  /// Facts about the host, process, container and pod of a service that become tags of its local roots, by
  /// OpenTelemetry's names.
  ///
  /// They are looked up once, at bootstrap; what cannot be found is left out. Tags from the configuration or from
  /// `OTEL_RESOURCE_ATTRIBUTES` take precedence.
  public enum ResourceDetector: String, Sendable, Hashable, CaseIterable {
    /// `host.name`.
    case host
    /// `process.pid`.
    case process
    /// `container.id`, from `/proc/self/cgroup` (version 1) or `/proc/self/mountinfo` (version 2).
    case container
    /// `k8s.pod.name`, `k8s.pod.uid`, `k8s.namespace.name`, `k8s.node.name`, `k8s.container.name`,
    /// `k8s.deployment.name`, `k8s.cluster.name`: from variables that the pod's description fills from the downward
    /// API, such as `POD_NAME` or `K8S_POD_NAME`. In a pod without them the pod's name is the host's name, and the
    /// namespace is that of the service account.
    ///
    /// https://opentelemetry.io/docs/specs/semconv/resource/k8s/
    case kubernetes
  }
}

typealias ResourceDetector = SpoorConfiguration.ResourceDetector
