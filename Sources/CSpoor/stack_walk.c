// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "stack_walk.h"
#include <pthread.h>
#include "spoor_atomics.h"
#include "spoor_task.h"
#include "thread_local.h"

enum { ASYNC_SITES = 8 };
static uint64_t async_sites[ASYNC_SITES];
static uint32_t async_site_count;
static uint32_t async_frames_are_marked;  // this platform sets the mark: the probe's own frame had it

static SPOOR_THREAD_LOCAL uint64_t stack_end;

// A runtime has a handful of such places at most (the job runner, inlined into an actor's). This list is all that
// identifies them.
static inline SPOOR_READS_STACKS bool spoor_stack_is_async_return(uint64_t address) {
  uint32_t count = spoor_load32_acquire(&async_site_count);
  for (uint32_t i = 0; i < count; i++) {
    if (spoor_load64_relaxed(&async_sites[i]) == address) return true;
  }
  return false;
}

SPOOR_READS_STACKS bool spoor_stack_is_async_frame(uint64_t saved_fp, uint64_t return_address) {
  if ((saved_fp & SPOOR_ASYNC_MARK) && spoor_load32_relaxed(&async_frames_are_marked)) return true;
  return spoor_stack_is_async_return(return_address);
}

uint32_t spoor_stack_async_sites(void) { return spoor_load32_acquire(&async_site_count); }

__attribute__((noinline)) SPOOR_READS_STACKS bool spoor_stack_learn_async(void) {
  static uint32_t lock;
  const uint64_t *own = __builtin_frame_address(0);
  const uint64_t *caller = (const uint64_t *)(uintptr_t)(own[0] & ~SPOOR_ASYNC_MARK);
  uint64_t site = spoor_stack_address(caller[1]);
  bool new = false;
  if (caller[0] & SPOOR_ASYNC_MARK) spoor_store32_relaxed(&async_frames_are_marked, 1);
  spoor_lock(&lock);
  uint32_t count = spoor_load32_relaxed(&async_site_count);
  if (!spoor_stack_is_async_return(site) && count < ASYNC_SITES) {
    spoor_store64_relaxed(&async_sites[count], site);
    spoor_store32_release(&async_site_count, count + 1);
    new = true;
  }
  spoor_unlock(&lock);
  return new;
}

static __attribute__((noinline, cold)) uint64_t learn_stack_end(void) {
#if defined(__linux__)
  pthread_attr_t attributes;
  void *low = 0;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
  }
  stack_end = low ? (uint64_t)(uintptr_t)low + size : 1;
#elif defined(__APPLE__)  // Untested.
  stack_end = (uint64_t)(uintptr_t)pthread_get_stackaddr_np(pthread_self());
#else
  stack_end = 1;  // no stack reaches below it: every walk is empty
#endif
  return stack_end;
}

uint64_t spoor_stack_end(void) { return stack_end ? stack_end : learn_stack_end(); }
uint64_t spoor_stack_known_end(void) { return stack_end; }

// Continuations: {parent, resume}. They are the runtime's own structures of a running task, so they are read without
// checks, as the runtime reads them.
static inline SPOOR_READS_STACKS void walk_continuations(uint64_t context, uint32_t limit, spoor_stack *out) {
  out->async_start = out->count;
  while (out->count < limit && spoor_stack_is_plausible(context)) {
    const uint64_t *words = (const uint64_t *)(uintptr_t)context;
    uint64_t resume = spoor_stack_address(words[1]);
    if (resume == 0) return;
    out->frames[out->count++] = resume;
    context = words[0];
  }
}

// What identifies an async frame; read once per walk.
struct async_signs {
  uint64_t mark;   // in the saved frame pointer; 0 if the platform sets none
  uint64_t first;  // the place that nearly all async frames return to, 0 if none is known
  bool has_more;
};

static inline struct async_signs read_async_signs(void) {
  uint32_t count = spoor_load32_acquire(&async_site_count);
  return (struct async_signs){
      .mark = spoor_load32_relaxed(&async_frames_are_marked) ? SPOOR_ASYNC_MARK : 0,
      .first = count > 0 ? spoor_load64_relaxed(&async_sites[0]) : 0,
      .has_more = count > 1,
  };
}

static inline SPOOR_READS_STACKS bool is_async(const struct async_signs *signs, uint64_t next, uint64_t address) {
  return (next & signs->mark) || address == signs->first || (signs->has_more && spoor_stack_is_async_return(address));
}

// On x86-64, an async function that makes a tail call with more arguments on the stack than it was given itself makes
// room for them before its frame record, so that its return address lies up to 128 bytes above the record, and
// something old in its place. Called for a task's stack in which no async frame was found.
static __attribute__((noinline, cold)) SPOOR_READS_STACKS void find_displaced(uint64_t fp, uint64_t low, uint64_t high,
                                                                              uint32_t limit, spoor_stack *out) {
  for (uint32_t count = 0; count <= out->count; count++) {
    const uint64_t *record = (const uint64_t *)(uintptr_t)fp;
    uint64_t next = spoor_stack_address(record[0]);
    uint64_t end = next > fp && next <= high - 16 ? next : high;
    for (uint32_t i = 3; i <= SPOOR_DISPLACED_WORDS && fp + 8 * i + 8 <= end; i += 2) {
      if (!spoor_stack_is_async_return(spoor_stack_address(record[i]))) continue;
      out->count = out->async_start = count;
      if (fp - low >= 8) walk_continuations(record[-1], limit, out);
      return;
    }
    if (end == high) return;
    fp = next;
  }
}

SPOOR_READS_STACKS void spoor_stack_walk_limited(uint64_t fp, uint64_t low, uint64_t high, uint32_t limit,
                                                 spoor_stack *out) {
  const struct async_signs signs = read_async_signs();
  const uint64_t highest = high - 16;  // where the last whole record can lie
  const uint64_t first = fp;
  uint32_t count = 0;
  out->count = out->async_start = 0;
  if (high < 16 || fp < low || fp > highest || (fp & 7)) return;
  while (true) {
    const uint64_t *record = (const uint64_t *)(uintptr_t)fp;
    uint64_t next = record[0], address = spoor_stack_address(record[1]);
    if (address == 0) break;
    if (is_async(&signs, next, address)) {
      out->count = out->async_start = count;
      if (fp - low >= 8) walk_continuations(record[-1], limit, out);
      return;
    }
    out->frames[count++] = address;
    next = spoor_stack_address(next);
    // Frames lie at rising addresses: no cycles.
    if (next <= fp || next > highest || (next & 7) || count == limit) break;
    fp = next;
  }
  out->count = out->async_start = count;
#if defined(__x86_64__)
  if (signs.first && count < limit && spoor_current_task()) find_displaced(first, low, high, limit, out);
#endif
}

void spoor_stack_walk_direct(uint64_t fp, uint64_t low, uint64_t high, spoor_stack *out) {
  spoor_stack_walk_limited(fp, low, high, SPOOR_STACK_FRAMES, out);
}

void spoor_stack_walk(uint64_t fp, uint64_t low, uint64_t high, spoor_stack *out) {
  spoor_stack_walk_direct(fp, low, high, out);
}

__attribute__((noinline)) SPOOR_READS_STACKS void spoor_stack_capture(spoor_stack *out) {
  const uint64_t *own = __builtin_frame_address(0);
  spoor_stack_walk_direct((uint64_t)(uintptr_t)own, (uint64_t)(uintptr_t)own, spoor_stack_end(), out);
}
