// SPDX-License-Identifier: Apache-2.0

/// The version of this library: the scope's version in OTLP, and the end of the User-Agent. `scripts/check-docs.sh`
/// compares it with the newest heading of CHANGELOG.md.
package enum SpoorVersion {
  package static let text = "0.1.0"
}
