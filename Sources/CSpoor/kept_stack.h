// SPDX-License-Identifier: Apache-2.0

// The form of stacks in the table of throws. Private to this target.
//
// Most stacks have fewer than 32 frames and are stored in their entry. The rest of a deeper stack is stored in one of
// 128 places that are used in turn. Deep stacks are worth keeping whole, because below many frames of a decoder or
// parser are the program's own.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "spoor_stack.h"

enum { KEPT_FRAMES = 32 };

// Has the same first members as spoor_stack, so that a walk of KEPT_FRAMES can write into it (checked below).
struct kept_stack {
  uint32_t count;  // of the whole stack
  uint32_t async_start;
  uint64_t frames[KEPT_FRAMES];
  uint64_t deep;  // number of the place that has the frames from KEPT_FRAMES on, 0 if none was free
};

_Static_assert(offsetof(struct kept_stack, count) == offsetof(spoor_stack, count) &&
                   offsetof(struct kept_stack, async_start) == offsetof(spoor_stack, async_start) &&
                   offsetof(struct kept_stack, frames) == offsetof(spoor_stack, frames),
               "a kept stack begins like a stack");

void kept_stack_clear(struct kept_stack *kept);
void kept_stack_store(struct kept_stack *kept, const spoor_stack *stack);

// False if the outer frames are lost (128 deeper stacks were kept since): `out` then ends after KEPT_FRAMES.
bool kept_stack_load(const struct kept_stack *kept, spoor_stack *out);
