// SPDX-License-Identifier: Apache-2.0

// Atomic operations on plain integers in a mapping, a small lock, and the clocks.
//
// Swift does not import C's _Atomic, and the standard library's atomics cannot be placed in memory that a file backs.
// These are the compiler's builtins, which ThreadSanitizer understands.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline uint32_t spoor_load32_acquire(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline uint32_t spoor_load32_relaxed(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void spoor_store32_release(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline void spoor_store32_relaxed(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline uint32_t spoor_add32(uint32_t *p, uint32_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
static inline uint32_t spoor_exchange32(uint32_t *p, uint32_t v) { return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL); }
static inline bool spoor_cas32(uint32_t *p, uint32_t expected, uint32_t desired) {
  return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline uint64_t spoor_load64_acquire(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline uint64_t spoor_load64_relaxed(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void spoor_store64_release(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline void spoor_store64_relaxed(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline uint64_t spoor_add64(uint64_t *p, uint64_t v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
static inline uint64_t spoor_add64_relaxed(uint64_t *p, uint64_t v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }
static inline bool spoor_cas64(uint64_t *p, uint64_t expected, uint64_t desired) {
  return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline void spoor_full_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// A futex lock: 0 free, 1 held, 2 held and waited for. Fair enough for sections of some hundred nanoseconds.
void spoor_lock_slow(uint32_t *lock);
void spoor_unlock_wake(uint32_t *lock);
static inline bool spoor_try_lock(uint32_t *lock) { return spoor_cas32(lock, 0, 1); }
static inline void spoor_lock(uint32_t *lock) {
  if (!spoor_try_lock(lock)) spoor_lock_slow(lock);
}
static inline void spoor_unlock(uint32_t *lock) {
  if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2) spoor_unlock_wake(lock);
}

// A spin lock, for uncontended sections of some ten nanoseconds. Waiters only spin, so a release is a plain store and
// not another atomic exchange. A waiter yields its processor to a thread that was descheduled in a section.
bool spoor_busy_try_lock(uint32_t *lock, int tries);  // whether the lock was taken within that many tries
void spoor_busy_lock_slow(uint32_t *lock);
static inline void spoor_busy_lock(uint32_t *lock) {
  if (!spoor_try_lock(lock)) spoor_busy_lock_slow(lock);
}
static inline void spoor_busy_unlock(uint32_t *lock) { spoor_store32_release(lock, 0); }

// A pair of fences for two threads that each store and then load, so that at least one sees the other's store. The
// light fence costs nothing if the heavy one can make the kernel fence all threads of the process, a system call of
// some microseconds (membarrier(2), after C++'s P1202). Otherwise both are full fences.
extern uint32_t spoor_fences_are_asymmetric;
void spoor_asymmetric_fence_prepare(void);
void spoor_asymmetric_fence_heavy(void);
static inline void spoor_asymmetric_fence_light(void) {
  if (spoor_load32_relaxed(&spoor_fences_are_asymmetric)) __atomic_signal_fence(__ATOMIC_SEQ_CST);
  else spoor_full_fence();
}

static inline uint64_t spoor_realtime_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}
static inline uint64_t spoor_monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

// Whether bytes of a mapping equal others.
static inline bool spoor_compare(const void *a, const void *b, long count) {
  return __builtin_memcmp(a, b, (unsigned long)count) == 0;
}

// Compares short texts without a call. A short Swift string has often just been stored as two words. No load here spans
// both, because the processor would stall until they have reached the cache.
static inline bool spoor_equal_short(const void *a, const void *b, long count) {
  const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;
  if (count > 16) return spoor_compare(a, b, count);
  while (count >= 8) {
    uint64_t p, q;
    __builtin_memcpy(&p, x, 8), __builtin_memcpy(&q, y, 8);
    if (p != q) return false;
    x += 8, y += 8, count -= 8;
  }
  if (count >= 4) {
    uint32_t p, q, r, s;
    __builtin_memcpy(&p, x, 4), __builtin_memcpy(&q, y, 4);
    __builtin_memcpy(&r, x + count - 4, 4), __builtin_memcpy(&s, y + count - 4, 4);
    return ((p ^ q) | (r ^ s)) == 0;
  }
  for (long i = 0; i < count; i++) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

// Copies a short text without a call; loads as above. Source and destination must not overlap.
static inline void spoor_copy_short(void *to, const void *from, long count) {
  unsigned char *x = (unsigned char *)to;
  const unsigned char *y = (const unsigned char *)from;
  if (count > 32) {
    __builtin_memcpy(to, from, (unsigned long)count);
    return;
  }
  for (; count >= 8; x += 8, y += 8, count -= 8) __builtin_memcpy(x, y, 8);
  if (count & 4) __builtin_memcpy(x, y, 4), x += 4, y += 4;
  if (count & 2) __builtin_memcpy(x, y, 2), x += 2, y += 2;
  if (count & 1) *x = *y;
}

// The offset after the last '.' of a key; -1 if the part after it contains a byte that is not ASCII. These parts are
// short, so a search from the end, byte by byte, takes fewer instructions than one by words from the start.
static inline long spoor_last_part(const void *key, long count) {
  const unsigned char *x = (const unsigned char *)key;
  unsigned char seen = 0;
  while (count > 0 && x[count - 1] != '.') seen |= x[--count];
  return seen < 0x80 ? count : -1;
}

// The first and the last eight bytes of a text. With the length, they determine a text of up to 16 bytes.
struct spoor_ends {
  uint64_t first, last;
};
static inline struct spoor_ends spoor_ends(const void *a, long count) {
  const unsigned char *x = (const unsigned char *)a;
  struct spoor_ends ends = {0, 0};
  if (count >= 8) {
    __builtin_memcpy(&ends.first, x, 8), __builtin_memcpy(&ends.last, x + count - 8, 8);
  } else if (count >= 4) {
    uint32_t first, last;
    __builtin_memcpy(&first, x, 4), __builtin_memcpy(&last, x + count - 4, 4);
    ends.first = first, ends.last = last;
  } else if (count > 0) {
    ends.first = x[0] | (uint64_t)x[count / 2] << 8 | (uint64_t)x[count - 1] << 16;
  }
  return ends;
}

// A hash of a text with this length and these ends.
static inline uint64_t spoor_hash_ends(struct spoor_ends ends, long count) {
  uint64_t hash = (ends.first ^ (ends.last << 29 | ends.last >> 35) ^ (uint64_t)count) * 0x9E3779B97F4A7C15ull;
  return hash >> 32;
}

// Prefetches memory that is about to be read.
static inline void spoor_prefetch_to_read(const void *start, long count) {
  for (long offset = 0; offset < count; offset += 64) __builtin_prefetch((const char *)start + offset, 0, 3);
}

// Prefetches memory that is about to be written.
static inline void spoor_prefetch(const void *start, long count) {
  for (long offset = 0; offset < count; offset += 64) __builtin_prefetch((const char *)start + offset, 1, 3);
}
