// SPDX-License-Identifier: Apache-2.0

// Imports the platform's C library for every module that imports SpoorBase. No other file names it.
#if canImport(Glibc)
  @_exported public import Glibc
#elseif canImport(Musl)
  @_exported public import Musl
#elseif canImport(Darwin)
  @_exported public import Darwin
#endif

/// Functions of the C library that a method of the same name would hide.
package enum Libc {
  package static func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    #if canImport(Glibc)
      unsafe Glibc.open(path, flags, mode)
    #elseif canImport(Musl)
      unsafe Musl.open(path, flags, mode)
    #else
      unsafe Darwin.open(path, flags, mode)
    #endif
  }

  package static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      unsafe Glibc.write(descriptor, bytes, count)
    #elseif canImport(Musl)
      unsafe Musl.write(descriptor, bytes, count)
    #else
      unsafe Darwin.write(descriptor, bytes, count)
    #endif
  }

  /// Sends without blocking, and without SIGPIPE if the platform supports that.
  package static func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      unsafe Glibc.send(descriptor, bytes, count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    #elseif canImport(Musl)
      unsafe Musl.send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL)
    #else
      unsafe Darwin.send(descriptor, bytes, count, MSG_DONTWAIT)  // SIGPIPE stays possible: no MSG_NOSIGNAL.
    #endif
  }
}

extension Libc {
  /// What the C library says about an error number.
  package static func message(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

  /// Makes a file this long and reserves the disk space for it. Returns 0 or the error's number.
  package static func allocate(_ descriptor: Int32, _ bytes: Int) -> Int32 {
    #if canImport(Darwin)
      var space = fstore_t(
        fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0, fst_length: off_t(bytes),
        fst_bytesalloc: 0)
      guard unsafe fcntl(descriptor, F_PREALLOCATE, &space) != -1, ftruncate(descriptor, off_t(bytes)) == 0 else {
        return errno
      }
      return 0
    #else
      posix_fallocate(descriptor, 0, off_t(bytes))
    #endif
  }
}

extension sigaction {
  /// The handler of an action with `SA_SIGINFO`.
  package var handlerWithInfo:
    (@convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void)?
  {
    get {
      #if canImport(Glibc)
        unsafe __sigaction_handler.sa_sigaction
      #elseif canImport(Musl)
        unsafe __sa_handler.sa_sigaction
      #else
        unsafe __sigaction_u.__sa_sigaction
      #endif
    }
    set {
      #if canImport(Glibc)
        unsafe __sigaction_handler.sa_sigaction = newValue
      #elseif canImport(Musl)
        unsafe __sa_handler.sa_sigaction = newValue
      #else
        unsafe __sigaction_u.__sa_sigaction = newValue
      #endif
    }
  }

  /// The handler of an action without `SA_SIGINFO`; nil for `SIG_DFL`.
  package var handlerWithoutInfo: (@convention(c) (Int32) -> Void)? {
    #if canImport(Glibc)
      unsafe __sigaction_handler.sa_handler
    #elseif canImport(Musl)
      unsafe __sa_handler.sa_handler
    #else
      unsafe __sigaction_u.__sa_handler
    #endif
  }
}

extension stat {
  /// The time of the last change of the content, in seconds since 1970.
  package var modifiedSeconds: Int {
    #if canImport(Darwin)
      st_mtimespec.tv_sec
    #else
      Int(st_mtim.tv_sec)
    #endif
  }
}
