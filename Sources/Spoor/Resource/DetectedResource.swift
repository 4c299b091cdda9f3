// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase
internal import SpoorContext
internal import SpoorJournal

/// The results of the detectors.
struct DetectedResource {
  let environment: [String: String]
  /// The text of a file, at most 1 MiB; `nil` if it cannot be read.
  var file: (String) -> String? = SystemReading.text
  var hostName: () -> String? = SystemReading.hostName
  var processID: () -> Int32 = { getpid() }

  init(environment: [String: String]) { self.environment = environment }

  /// The tags, in the order of the detectors.
  func tags(_ detectors: Set<ResourceDetector>) -> [Resource.Tag] {
    ResourceDetector.allCases.filter(detectors.contains).flatMap { detector -> [Resource.Tag] in
      switch detector {
      case .host: tags([("host.name", hostName())])
      case .process: tags([("process.pid", "\(processID())")])
      case .container: tags([("container.id", containerID)])
      case .kubernetes: kubernetes
      }
    }
  }

  private func tags(_ values: [(String, String?)]) -> [Resource.Tag] {
    values.compactMap { key, value in
      guard let value, !value.isEmpty else { return nil }
      return Resource.Tag(key, value)
    }
  }

  // MARK: Containers

  /// 64 hexadecimal digits, the form of container ids in every container runtime.
  private var containerID: String? {
    // Version 1: the group name of a container ends with its id, possibly with a prefix of the runtime and `.scope`.
    if let groups = file("/proc/self/cgroup") {
      for line in groups.split(separator: "\n") {
        guard var name = line.split(separator: "/").last else { continue }
        if name.hasSuffix(".scope") { name = name.dropLast(".scope".count) }
        let id = name.suffix(64)
        if Self.isContainerID(id), name.count == 64 || "-:".contains(name.dropLast(64).last ?? " ") {
          return String(id)
        }
      }
    }
    // Version 2: the file that a runtime mounts over `/etc/hostname` is in a directory named after the container's id.
    guard let mounts = file("/proc/self/mountinfo") else { return nil }
    for line in mounts.split(separator: "\n") where line.contains("/hostname ") || line.contains("/resolv.conf ") {
      for part in line.split(whereSeparator: { $0 == "/" || $0 == " " }) where Self.isContainerID(part) {
        return String(part)
      }
    }
    return nil
  }

  private static func isContainerID(_ text: Substring) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  // MARK: Kubernetes

  private var kubernetes: [Resource.Tag] {
    func value(_ name: String) -> String? {
      environment[name]?.trimmed.isEmpty == false ? environment[name]?.trimmed : nil
    }
    let isInPod = environment["KUBERNETES_SERVICE_HOST"] != nil
    /// A variable whose name is specific to Kubernetes counts everywhere; general ones like `POD_NAME` count only in a
    /// pod.
    func variable(_ names: String...) -> String? {
      names.lazy.filter { isInPod || $0.hasPrefix("K8S_") }.compactMap(value).first
    }
    let account = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
    let hostName = { isInPod ? variable("HOSTNAME") ?? self.hostName() : nil }
    let accountNamespace = { isInPod ? file(account)?.trimmed.filter { !$0.isNewline } : nil }
    return tags([
      ("k8s.cluster.name", variable("K8S_CLUSTER_NAME", "CLUSTER_NAME")),
      ("k8s.namespace.name", variable("K8S_NAMESPACE_NAME", "POD_NAMESPACE", "K8S_NAMESPACE") ?? accountNamespace()),
      ("k8s.node.name", variable("K8S_NODE_NAME", "NODE_NAME")),
      ("k8s.deployment.name", variable("K8S_DEPLOYMENT_NAME", "DEPLOYMENT_NAME")),
      ("k8s.pod.name", variable("K8S_POD_NAME", "POD_NAME") ?? hostName()),
      ("k8s.pod.uid", variable("K8S_POD_UID", "POD_UID")),
      ("k8s.container.name", variable("K8S_CONTAINER_NAME", "CONTAINER_NAME")),
    ])
  }
}

/// Facts about the system.
enum SystemReading {
  /// The host's name.
  static func hostName() -> String? {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The content of a file, at most 1 MiB; `nil` if it cannot be read.
  static func text(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count < 1 << 20 {
      let count = unsafe read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
