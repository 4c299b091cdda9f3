// SPDX-License-Identifier: Apache-2.0

import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An address that cannot be listened on, or settings with which it must not be.
public struct ListeningError: Error, CustomStringConvertible {
  /// The option, the address, and what is wrong with it.
  public let description: String

  init(_ description: String) { self.description = description }

  init(option: StaticString, host: String, port: Int, error: IOError) {
    let none = option.description == "otlp-port" ? ", or 0 for no port of its own" : ""
    let reason = error.errnoCode == EADDRINUSE ? "is taken" : "cannot be listened on (\(error))"
    description = "--\(option) must be a free port\(none), but port \(port) of \(host) \(reason)"
  }
}
