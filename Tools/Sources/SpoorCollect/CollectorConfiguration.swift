/// How a collector listens and what it may use.
public struct CollectorConfiguration: Sendable, Hashable {
  /// The address to listen on. Anything but loopback shows every span and log line to whoever can reach it.
  public var host: String
  /// The port; 0 for any that is free.
  public var port: Int
  /// Bytes that spans and logs may take, by estimate. The oldest traces are evicted whole. Default 256 MiB.
  public var maximumBytes: Int
  /// Bytes of one request's body, and of what it unzips to. Default 32 MiB each.
  public var maximumBodyBytes: Int
  /// Traces that one query may ask for. Default 1 000.
  public var maximumLimit: Int

  /// Loopback, Zipkin's port, 256 MiB.
  public init(
    host: String = "127.0.0.1", port: Int = 9411, maximumBytes: Int = 256 << 20, maximumBodyBytes: Int = 32 << 20,
    maximumLimit: Int = 1000
  ) {
    self.host = host
    self.port = port
    self.maximumBytes = maximumBytes
    self.maximumBodyBytes = maximumBodyBytes
    self.maximumLimit = maximumLimit
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
