/// How a collector listens and what it may use.
public struct CollectorConfiguration: Sendable, Hashable {
  /// The address to listen on. Anything but loopback shows every span and log line to whoever can reach it.
  public var host: String
  /// The port; 0 for any that is free.
  public var port: Int
  /// The SQLite file that holds spans and logs, made if missing; `nil` for a private one that goes with the process.
  public var storage: String?
  /// Bytes that spans and logs may take in the file. The oldest traces are evicted whole. Default 1 GiB, at least 1 MiB.
  public var maximumBytes: Int
  /// Bytes of one request's body, and of what it unzips to. Default 32 MiB each.
  public var maximumBodyBytes: Int
  /// Bytes of all requests' bodies at the same time, with what they unzip to; beyond it 429. Default 48 MiB.
  public var maximumBytesInFlight = 48 << 20
  /// Bytes that may wait for being written to the file; beyond it 429. Default 32 MiB.
  public var maximumWaitingBytes = 32 << 20
  /// Traces that one query may ask for. Default 1 000.
  public var maximumLimit: Int
  /// Connections at the same time; one more closes the one that has been idle longest. Default 2 000.
  public var maximumConnections = 2000
  /// Time for a request to arrive whole. Default 30 seconds.
  public var requestTimeout: Duration = .seconds(30)
  /// Files of JSON log records to follow, across rotation.
  public var logFiles: [String] = []

  /// Loopback, Zipkin's port, 1 GiB.
  public init(
    host: String = "127.0.0.1", port: Int = 9411, maximumBytes: Int = 1 << 30, storage: String? = nil,
    maximumBodyBytes: Int = 32 << 20,
    maximumLimit: Int = 1000
  ) {
    self.host = host
    self.port = port
    self.maximumBytes = maximumBytes
    self.storage = storage
    self.maximumBodyBytes = maximumBodyBytes
    self.maximumLimit = maximumLimit
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
