// A stack of its own for the signal handler, on each thread that does anything with Spoor: without it a thread that has
// overflown its stack could not run the handler.
#pragma once

// To be called at the first span, log line or captured throw of a thread; later calls cost 1 ns. Learns where the
// thread's stack ends, and gives it an alternate signal stack of 64 KiB (with a guard page below) if nobody has. The
// stack goes with the thread. A thread that never calls it leaves no record of a stack overflow.
void spoor_thread_prepare(void);
