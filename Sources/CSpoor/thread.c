// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_thread.h"
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "spoor_atomics.h"
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

// A thread's number + 1; 0 if it has none yet or has returned it.
static _Thread_local uint32_t number;
static _Thread_local bool has_left;
static _Thread_local uint64_t serial;
static _Thread_local uint32_t identifier;

static uint64_t taken;         // a bit for each own place that a living thread has
static uint32_t own_used;      // how many own places, from the first on, were ever taken
static uint32_t last_shared;   // how many threads were sent to the shared places
static uint64_t last_serial;

// A thread returns its number in the last round of destructors, so that the destructors of other keys, which may count
// or log, can still use it. Code that runs later uses a shared place.
static pthread_key_t number_key;
static bool has_number_key;

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if __has_feature(thread_sanitizer)
// ThreadSanitizer forgets a thread in the last round, and crashes if code that it instruments runs after that.
enum { LAST_ROUND = PTHREAD_DESTRUCTOR_ITERATIONS - 1 };
#else
enum { LAST_ROUND = PTHREAD_DESTRUCTOR_ITERATIONS };
#endif

static void give_number_back(void *round) {
  uintptr_t next = (uintptr_t)round + 1;
  if (next <= LAST_ROUND && pthread_setspecific(number_key, (void *)next) == 0) return;
  uint64_t bit = 1ull << (number - 1);
  has_left = true;
  number = 0;
  // Release: the next thread to take the place sees everything that this one wrote there.
  __atomic_fetch_and(&taken, ~bit, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void make_number_key(void) {
  has_number_key = pthread_key_create(&number_key, give_number_back) == 0;
}

// After a fork, the places of the parent's other threads stay taken in the child, because a thread may have been in the
// middle of changing one. Returns SPOOR_OWN_PLACES if all are taken.
static uint32_t take_own_place(void) {
  uint64_t seen = __atomic_load_n(&taken, __ATOMIC_RELAXED);
  while (~seen != 0) {
    uint32_t place = (uint32_t)__builtin_ctzll(~seen);
    if (__atomic_compare_exchange_n(&taken, &seen, seen | 1ull << place, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      return place;
    }
  }
  return SPOOR_OWN_PLACES;
}

static __attribute__((noinline, cold)) uint32_t first_number(void) {
  // Without a destructor the place would never be returned, so the destructor is set first.
  if (!has_left && has_number_key && pthread_setspecific(number_key, (void *)1) == 0) {
    uint32_t place = take_own_place();
    if (place < SPOOR_OWN_PLACES) {
      uint32_t used = spoor_load32_relaxed(&own_used);
      while (used <= place && !spoor_cas32(&own_used, used, place + 1)) used = spoor_load32_relaxed(&own_used);
      number = place + 1;
      return place;
    }
    pthread_setspecific(number_key, 0);
  }
  number = SPOOR_OWN_PLACES + spoor_add32(&last_shared, 1) % SPOOR_SHARED_PLACES + 1;
  return number - 1;
}

_Static_assert(SPOOR_OWN_PLACES == 64, "a bit of a word for each own place");

uint32_t spoor_thread_number(void) { return number != 0 ? number - 1 : first_number(); }

uint64_t spoor_thread_serial(void) {
  if (serial == 0) serial = spoor_add64_relaxed(&last_serial, 1) + 1;
  return serial;
}

uint32_t spoor_places_used(void) {
  return spoor_load32_acquire(&last_shared) == 0 ? spoor_load32_acquire(&own_used) : SPOOR_PLACES;
}

static void forget_identifier(void) { identifier = 0; }

uint32_t spoor_thread_id(void) {
  if (identifier == 0) {
#if defined(__linux__)
    static uint32_t registered;
    if (spoor_cas32(&registered, 0, 1)) pthread_atfork(0, 0, forget_identifier);  // the child's thread has another id
    identifier = (uint32_t)syscall(SYS_gettid);
#else
    identifier = (uint32_t)spoor_thread_serial();
#endif
  }
  return identifier;
}

void spoor_wait(uint32_t *word, uint32_t value, uint64_t nanoseconds) {
  struct timespec t = {(time_t)(nanoseconds / 1000000000ull), (long)(nanoseconds % 1000000000ull)};
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &t, 0, 0);
#else
  struct timespec step = {0, 1000000};  // Darwin: untested; polls.
  if (t.tv_sec == 0 && t.tv_nsec < step.tv_nsec) step = t;
  if (spoor_load32_acquire(word) == value) nanosleep(&step, 0);
#endif
}

void spoor_wake(uint32_t *word) {
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7FFFFFFF, 0, 0, 0);
#else
  (void)word;
#endif
}

struct start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
#if defined(__linux__)
  pthread_setname_np(pthread_self(), start.name);
#endif
  start.body(start.context);
  return 0;
}

int spoor_thread_start(const char *name, void (*body)(void *), void *context) {
  struct start *start = malloc(sizeof *start);
  if (!start) return 12;  // ENOMEM
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  start->name[sizeof start->name - 1] = 0;
  sigset_t all, old;
  sigfillset(&all);
  // Faults on the thread itself must still reach the handlers.
  sigdelset(&all, SIGSEGV), sigdelset(&all, SIGBUS), sigdelset(&all, SIGILL), sigdelset(&all, SIGFPE);
  sigdelset(&all, SIGABRT), sigdelset(&all, SIGTRAP);
  // Swift's backtracer suspends the other threads with this one. A thread of Spoor's that went on meanwhile would show
  // that the process is alive, and the next start would not report the crash.
  sigdelset(&all, SIGPROF);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_t created;
  int result = pthread_create(&created, 0, run, start);
  pthread_sigmask(SIG_SETMASK, &old, 0);
  if (result != 0) free(start);
  else pthread_detach(created);
  return result;
}
