// SPDX-License-Identifier: Apache-2.0

// An alternate stack for the signal handler on each thread that uses Spoor. Without it a thread that has overflowed its
// stack cannot run the handler.
#pragma once

// Call it at the first span, log line or captured throw of a thread; later calls cost 1 ns. It finds the end of the
// thread's stack and installs an alternate signal stack of 64 KiB (with a guard page below) unless there is one. The
// stack is freed with the thread. A thread that never calls it leaves no record of a stack overflow.
void spoor_thread_prepare(void);
