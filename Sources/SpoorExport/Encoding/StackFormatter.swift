/// Turns return addresses, innermost first, into text for a tag. Called on the shipper's thread, for records whose stack
/// was not resolved before.
///
/// It must give the same text for the same addresses as long as the process lives: a span that is sent again has to look
/// the same.
package typealias StackFormatter = @Sendable (_ addresses: [UInt64]) -> String

/// The formatter that knows nothing of the program: an address a line, `0x` and hexadecimal digits.
package let hexadecimalStack: StackFormatter = { addresses in
  addresses.map { "0x" + String($0, radix: 16) }.joined(separator: "\n")
}
