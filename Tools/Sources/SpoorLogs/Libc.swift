// SPDX-License-Identifier: Apache-2.0

// Imports the platform's C library for this module and every module that imports it. No other file names it.
#if canImport(Glibc)
  @_exported public import Glibc
#elseif canImport(Musl)
  @_exported public import Musl
#elseif canImport(Darwin)
  @_exported public import Darwin
#endif
