// SPDX-License-Identifier: Apache-2.0

/// Why a bootstrap failed. Nothing is installed then, and the next call may succeed.
public enum SpoorError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A setting is invalid.
  case configuration(ConfigurationError)
  /// `bootstrap` has succeeded before in this process.
  case alreadyBootstrapped
  /// The system refused memory or a thread; with its reason.
  case systemRefused(String)

  /// Runs `body` and converts every error that it throws to this type.
  static func throwing<Result>(_ body: () throws -> Result) throws(SpoorError) -> Result {
    do {
      return try body()
    } catch let error as SpoorError {
      throw error
    } catch let error as ConfigurationError {
      throw .configuration(error)
    } catch {
      throw .systemRefused("\(error)")
    }
  }

  /// What is wrong, as one sentence.
  public var description: String {
    switch self {
    case .configuration(let error): error.description
    case .alreadyBootstrapped: "SpoorSystem.bootstrap must be called once per process, but is called a second time"
    case .systemRefused(let reason): "Spoor needs memory and threads that the system refused: \(reason)"
    }
  }
}
