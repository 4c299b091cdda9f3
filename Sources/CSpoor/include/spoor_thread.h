// SPDX-License-Identifier: Apache-2.0

// Thread numbers, starting threads, and waiting with a time limit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// The number of the calling thread's place, below SPOOR_PLACES. A thread keeps it until it ends; then another thread
// may get it. The first call of a thread is not async-signal-safe; all later ones are.
uint32_t spoor_thread_number(void);

// A number that no other thread of the process ever has.
uint64_t spoor_thread_serial(void);

// Places for per-thread data. Up to 64 threads at a time have one each, which they change without a locked operation.
// All other threads share the places after those.
enum { SPOOR_OWN_PLACES = 64, SPOOR_SHARED_PLACES = 16, SPOOR_PLACES = SPOOR_OWN_PLACES + SPOOR_SHARED_PLACES };
struct spoor_place {
  uint32_t index;
  bool is_own;
};
static inline struct spoor_place spoor_thread_place(void) {
  uint32_t number = spoor_thread_number();
  bool is_own = number < SPOOR_OWN_PLACES;
  struct spoor_place place = {number, is_own};
  return place;
}

// The number of places, from the first on, that may have been used.
uint32_t spoor_places_used(void);

// The kernel's id of the calling thread, which is cached.
uint32_t spoor_thread_id(void);

// Sleeps while *word == value, for at most the given number of nanoseconds. It may return early, after spoor_wake or
// spuriously.
void spoor_wait(uint32_t *word, uint32_t value, uint64_t nanoseconds);
void spoor_wake(uint32_t *word);

// Starts a detached thread that runs body(context). All signals but those of faults are blocked on it, so that the
// service's own threads get them. Returns 0, or the errno of pthread_create.
int spoor_thread_start(const char *name, void (*body)(void *), void *context);
