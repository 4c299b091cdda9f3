// SPDX-License-Identifier: Apache-2.0

// The walk over frame records. Private to this target.
//
//     [fp - 8]  async context, in an async function's frame
//     [fp]      the caller's frame pointer
//     [fp + 8]  the return address
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "spoor_stack.h"

// The walk reads frames of other functions and memory of the runtime, which sanitizers would report.
#define SPOOR_READS_STACKS __attribute__((no_sanitize("address", "thread", "undefined")))

// The mark of an async frame in the saved frame pointer, where the platform sets it.
#define SPOOR_ASYNC_MARK (1ull << 60)

// How far above its frame record an async function's return address is looked for, in words.
enum { SPOOR_DISPLACED_WORDS = 17 };

// User-space addresses; also removes pointer authentication codes of arm64.
static inline uint64_t spoor_stack_address(uint64_t value) { return value & 0x0000FFFFFFFFFFFFull; }

static inline bool spoor_stack_is_plausible(uint64_t context) {
  return context >= 4096 && context < (1ull << 48) && (context & 15) == 0;
}

// Whether a frame record is that of an async function: it returns to a learned place, or has the platform's mark. The
// mark counts only if a real async function was seen to have it, so that a damaged word is not followed.
bool spoor_stack_is_async_frame(uint64_t saved_fp, uint64_t return_address);

// The end of the calling thread's stack; 0 if it is unknown. Learned once per thread; the first call may allocate.
uint64_t spoor_stack_end(void);

// The end of the calling thread's stack, for signal handlers: 0 unless the thread has called spoor_stack_end.
uint64_t spoor_stack_known_end(void);

// Walks from the record at `fp`. Reads only addresses in [low, high).
void spoor_stack_walk_direct(uint64_t fp, uint64_t low, uint64_t high, spoor_stack *out);

// Walks from the record at `fp`, for at most `limit` frames. Writes no more than that many frames of `out`.
void spoor_stack_walk_limited(uint64_t fp, uint64_t low, uint64_t high, uint32_t limit, spoor_stack *out);
