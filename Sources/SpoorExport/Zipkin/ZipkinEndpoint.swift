// SPDX-License-Identifier: Apache-2.0

import SpoorBase

/// One side of a call: its name, address and port, as far as they are known.
struct ZipkinEndpoint {
  var serviceName: Text?
  var address: IPAddress?
  /// The port; 0 if it is not known.
  var port: UInt16 = 0

  var isEmpty: Bool { serviceName == nil && address == nil && port == 0 }
}
