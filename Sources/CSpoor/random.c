#define _GNU_SOURCE
#include "spoor_random.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include "spoor_atomics.h"
#if defined(__linux__)
#include <sys/random.h>
#include <unistd.h>
#else
#include <stdlib.h>
#endif

static _Thread_local uint64_t state[4];
static _Thread_local uint32_t seeded_in;  // the epoch of the process that seeded it, 0 = never
static uint32_t epoch = 1;                // raised in every child
static pthread_once_t registration = PTHREAD_ONCE_INIT;

static void note_fork(void) { spoor_add32(&epoch, 1); }
static void watch_forks(void) { pthread_atfork(0, 0, note_fork); }

static __attribute__((noinline)) void seed(void) {
  pthread_once(&registration, watch_forks);
#if defined(__linux__)
  size_t have = 0;
  while (have < sizeof state) {
    ssize_t got = getrandom((char *)state + have, sizeof state - have, 0);
    if (got > 0) have += (size_t)got;
    else break;
  }
  // getrandom fails only on kernels before 3.17: clocks and addresses then.
  if (have < sizeof state) {
    state[0] ^= spoor_realtime_ns(), state[1] ^= spoor_monotonic_ns();
    state[2] ^= (uint64_t)(uintptr_t)&state, state[3] ^= (uint64_t)getpid() << 32 | 1;
  }
#else
  arc4random_buf(state, sizeof state);
#endif
  if ((state[0] | state[1] | state[2] | state[3]) == 0) state[0] = 1;
  seeded_in = spoor_load32_relaxed(&epoch);
}

static inline uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }

uint64_t spoor_random64(void) {
  if (__builtin_expect(seeded_in != spoor_load32_relaxed(&epoch), 0)) seed();
  uint64_t *s = state;
  uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3];
  s[2] ^= t, s[3] = rotate(s[3], 45);
  return result;
}
