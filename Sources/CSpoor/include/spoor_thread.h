// What belongs to one thread, and waiting with a time limit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// A small number of the calling thread, counted up from 0 as threads first ask: for sharding.
uint32_t spoor_thread_number(void);

// Places for what each thread has for itself: the first threads of the process have one each, which they change without a
// locked operation; all others share those behind.
enum { SPOOR_OWN_PLACES = 64, SPOOR_SHARED_PLACES = 16, SPOOR_PLACES = SPOOR_OWN_PLACES + SPOOR_SHARED_PLACES };
struct spoor_place {
  uint32_t index;
  bool is_own;
};
static inline struct spoor_place spoor_thread_place(void) {
  uint32_t number = spoor_thread_number();
  bool is_own = number < SPOOR_OWN_PLACES;
  struct spoor_place place = {is_own ? number : SPOOR_OWN_PLACES + number % SPOOR_SHARED_PLACES, is_own};
  return place;
}

// How many of the places, from the first on, may have been used.
uint32_t spoor_places_used(void);

// The kernel's id of the calling thread, read once.
uint32_t spoor_thread_id(void);

// Sleeps while *word == value, at most so many nanoseconds; returns early at spoor_wake or for no reason at all.
void spoor_wait(uint32_t *word, uint32_t value, uint64_t nanoseconds);
void spoor_wake(uint32_t *word);

// Starts a detached-signals thread (all signals blocked, so that the service's own threads get them) that runs body(context).
// Returns 0, or the errno of pthread_create. It is detached: nobody joins it.
int spoor_thread_start(const char *name, void (*body)(void *), void *context);
