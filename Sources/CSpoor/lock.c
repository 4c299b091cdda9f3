// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_atomics.h"
#include <sched.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
static void wait_while(uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
}
static void wake_one(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0); }
#else  // Darwin: untested; yields in place of a futex.
static void wait_while(uint32_t *word, uint32_t value) { (void)word, (void)value, sched_yield(); }
static void wake_one(uint32_t *word) { (void)word; }
#endif

static inline void rest(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

bool spoor_busy_try_lock(uint32_t *lock, int tries) {
  for (int i = 0; i < tries; i++) {
    if (spoor_load32_relaxed(lock) == 0 && spoor_try_lock(lock)) return true;
    if (i < 200) rest();
    else sched_yield();
  }
  return false;
}

void spoor_busy_lock_slow(uint32_t *lock) {
  while (!spoor_busy_try_lock(lock, 250)) usleep(50);
}

// Drepper, "Futexes Are Tricky", the second mutex: the waker is called only if a thread may be asleep.
void spoor_lock_slow(uint32_t *lock) {
  for (int spins = 0; spins < 40; spins++) {
    if (spoor_load32_relaxed(lock) == 0 && spoor_try_lock(lock)) return;
    rest();
  }
  while (spoor_exchange32(lock, 2) != 0) wait_while(lock, 2);
}

void spoor_unlock_wake(uint32_t *lock) { wake_one(lock); }
