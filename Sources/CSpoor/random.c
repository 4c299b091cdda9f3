// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_random.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/random.h>
#endif

_Thread_local struct spoor_random spoor_random_state;
uint64_t spoor_random_epoch = 1;

static pthread_once_t fork_handler_once = PTHREAD_ONCE_INIT;

// Runs in the child, on its only thread: whatever state it inherited belongs to the parent.
static void seed_anew_in_child(void) { __atomic_fetch_add(&spoor_random_epoch, 1, __ATOMIC_RELAXED); }

static void install_fork_handler(void) { pthread_atfork(NULL, NULL, seed_anew_in_child); }

static bool kernel_random(void *bytes, size_t count) {
#if defined(__linux__)
  size_t have = 0;
  while (have < count) {
    const ssize_t got = getrandom((char *)bytes + have, count - have, 0);
    if (got > 0) have += (size_t)got;
    else if (errno != EINTR) return false;
  }
  return true;
#else
  return getentropy(bytes, count) == 0;
#endif
}

// Stafford's mix 13, as in splitmix64: spreads the few bits that differ between two threads over the whole word.
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

void spoor_random_seed(struct spoor_random *state) {
  pthread_once(&fork_handler_once, install_fork_handler);
  const uint64_t epoch = __atomic_load_n(&spoor_random_epoch, __ATOMIC_RELAXED);
  if (!kernel_random(state->s, sizeof state->s)) {
    // A sandbox that forbids getrandom must not stop a service: clocks, process and thread still distinguish threads.
    struct timespec now, up;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_MONOTONIC, &up);
    uint64_t x = ((uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec) ^ ((uint64_t)getpid() << 40);
    for (int i = 0; i < 4; i++) {
      x += 0x9e3779b97f4a7c15ull ^ (uint64_t)(uintptr_t)state ^ ((uint64_t)up.tv_nsec << 32) ^ epoch;
      state->s[i] = mix(x);
    }
  }
  // The one state that xoshiro never leaves.
  if ((state->s[0] | state->s[1] | state->s[2] | state->s[3]) == 0) state->s[0] = 0x9e3779b97f4a7c15ull;
  state->epoch = epoch;
}
