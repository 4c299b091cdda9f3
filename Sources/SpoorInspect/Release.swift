// SPDX-License-Identifier: Apache-2.0

internal import SpoorBase

/// The release of Spoor that a program is built with, for commands that show their version.
public enum Release {
  /// The version, such as `0.1.0`.
  public static var version: String { SpoorVersion.text }
}
