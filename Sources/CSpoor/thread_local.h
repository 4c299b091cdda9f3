// SPDX-License-Identifier: Apache-2.0

// Thread-local variables that may be read in a signal handler and cost one instruction. Private to this target.
//
// They use the initial-exec model: no call, and no allocation at the first use. It takes space in the static TLS block,
// of which glibc reserves little for libraries that are opened later, so these variables are few and small (48 bytes in
// all).
#pragma once
#if defined(__ELF__)
#define SPOOR_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define SPOOR_THREAD_LOCAL _Thread_local
#endif
