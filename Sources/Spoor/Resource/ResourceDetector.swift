/// What can be found out about where a service runs: tags of its local roots, by OpenTelemetry's names.
///
/// What the configuration or `OTEL_RESOURCE_ATTRIBUTES` says goes before what is found. It is looked up once, at bootstrap;
/// what cannot be found is left out.
public enum ResourceDetector: String, Sendable, Hashable, CaseIterable {
  /// `host.name`.
  case host
  /// `process.pid`.
  case process
  /// `container.id`, from `/proc/self/cgroup` (version 1) or `/proc/self/mountinfo` (version 2).
  case container
  /// `k8s.pod.name`, `k8s.pod.uid`, `k8s.namespace.name`, `k8s.node.name`, `k8s.container.name`, `k8s.deployment.name`,
  /// `k8s.cluster.name`: from variables that the pod's description fills from the downward API, called `POD_NAME` or
  /// `K8S_POD_NAME` and so on. In a pod without them, its name is the host's, and the namespace that of the service
  /// account.
  ///
  /// https://opentelemetry.io/docs/specs/semconv/resource/k8s/
  case kubernetes
}
