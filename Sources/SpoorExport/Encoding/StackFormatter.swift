// SPDX-License-Identifier: Apache-2.0

/// A function that turns return addresses, innermost first, into the text of a tag. The shipper's thread calls it for
/// records whose stack was not resolved before.
///
/// It must return the same text for the same addresses as long as the process lives, so that a span that is sent again
/// is byte-identical.
package typealias StackFormatter = @Sendable (_ addresses: [UInt64]) -> String

/// A formatter without symbols: one address per line, as `0x` and hexadecimal digits.
package let hexadecimalStack: StackFormatter = { addresses in
  addresses.map { "0x" + String($0, radix: 16) }.joined(separator: "\n")
}
