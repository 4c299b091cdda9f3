// SPDX-License-Identifier: Apache-2.0

#include "kept_stack.h"
#include <string.h>
#include "spoor_atomics.h"

enum { DEEP_PLACES = 128, DEEP_FRAMES = SPOOR_STACK_FRAMES - KEPT_FRAMES };

// `number` is 0 during a write and changes when the place is used again. A reader copies the frames, then checks that
// the number still matches its stack.
struct deep_place {
  uint64_t number;
  uint32_t lock;
  uint64_t frames[DEEP_FRAMES];
};

static struct deep_place places[DEEP_PLACES];
static uint64_t last_number;

void kept_stack_clear(struct kept_stack *kept) {
  kept->count = kept->async_start = 0;
}

static __attribute__((noinline, cold)) uint64_t store_deep(const spoor_stack *stack) {
  uint64_t number = spoor_add64_relaxed(&last_number, 1) + 1;
  struct deep_place *place = &places[number % DEEP_PLACES];
  if (!spoor_try_lock(&place->lock)) return 0;
  spoor_store64_release(&place->number, 0);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  for (uint32_t i = KEPT_FRAMES; i < stack->count; i++) {
    spoor_store64_relaxed(&place->frames[i - KEPT_FRAMES], stack->frames[i]);
  }
  spoor_store64_release(&place->number, number);
  spoor_busy_unlock(&place->lock);
  return number;
}

void kept_stack_store(struct kept_stack *kept, const spoor_stack *stack) {
  kept->count = stack->count;
  kept->async_start = stack->async_start;
  kept->deep = stack->count > KEPT_FRAMES ? store_deep(stack) : 0;
  uint32_t count = stack->count < KEPT_FRAMES ? stack->count : KEPT_FRAMES;
  memcpy(kept->frames, stack->frames, count * sizeof(uint64_t));
}

bool kept_stack_load(const struct kept_stack *kept, spoor_stack *out) {
  out->count = kept->count;
  out->async_start = kept->async_start;
  uint32_t count = kept->count < KEPT_FRAMES ? kept->count : KEPT_FRAMES;
  memcpy(out->frames, kept->frames, count * sizeof(uint64_t));
  if (kept->count <= KEPT_FRAMES) return true;
  struct deep_place *place = &places[kept->deep % DEEP_PLACES];
  if (kept->deep != 0 && spoor_load64_acquire(&place->number) == kept->deep) {
    for (uint32_t i = KEPT_FRAMES; i < kept->count; i++) {
      out->frames[i] = spoor_load64_relaxed(&place->frames[i - KEPT_FRAMES]);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (spoor_load64_relaxed(&place->number) == kept->deep) return true;
  }
  out->count = KEPT_FRAMES;
  if (out->async_start > KEPT_FRAMES) out->async_start = KEPT_FRAMES;
  return false;
}
