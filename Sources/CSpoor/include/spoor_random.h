// SPDX-License-Identifier: Apache-2.0

// Random numbers for ids: a generator per thread, seeded by the kernel, seeded anew in a forked child.
//
// xoshiro256** (Blackman and Vigna, 2018), because with 256 bits of state the randomly seeded threads of a whole fleet
// do not run into each other's sequences. With 64 bits of state they would, once a fleet has some millions of threads.
// Not for secrets: an observer of some ids can compute the next ones.
//
// Limits: must not be called from a signal handler. A child made by a bare clone(2) or _Fork, which run no fork
// handlers, repeats its parent's ids, as do two copies of one snapshot of a virtual machine.
#pragma once
#include <stdint.h>

struct spoor_random {
  uint64_t s[4];
  uint64_t epoch;  // the epoch that seeded it; 0 before the first use
};

extern _Thread_local struct spoor_random spoor_random_state;
extern uint64_t spoor_random_epoch;  // starts at 1, one more in each forked child
void spoor_random_seed(struct spoor_random *state);

static inline uint64_t spoor_random_rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

// A random number, never zero.
static inline uint64_t spoor_random_nonzero(void) {
  struct spoor_random *state = &spoor_random_state;
  if (__builtin_expect(state->epoch != __atomic_load_n(&spoor_random_epoch, __ATOMIC_RELAXED), 0))
    spoor_random_seed(state);
  uint64_t *s = state->s;
  uint64_t result;
  do {
    result = spoor_random_rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = spoor_random_rotate(s[3], 45);
  } while (__builtin_expect(result == 0, 0));
  return result;
}
