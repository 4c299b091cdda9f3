// SPDX-License-Identifier: Apache-2.0

// Reading a stack by its frame pointers: 15 to 35 ns, no allocation, no lock.
//
// SwiftPM keeps frame pointers in debug and release. Code without them (glibc, hand-written assembly) is skipped or
// ends the walk. The walk never faults: in the synchronous part it reads only addresses between the caller's own frame
// and the end of its thread's stack.
//
// In an async function the frames below are the executor's. The callers are found along the continuations: on Linux
// an async frame holds its async context at [fp - 8] and returns to one fixed place in the runtime's job runner. That
// place is learned (spoor_stack_learn_async). Where the platform marks async frames itself (bit 60 of the saved frame
// pointer) the mark is accepted too. x86_64 and arm64; Darwin and musl are untested.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
  // The maximum number of frames of a walk, the nearest first.
  SPOOR_STACK_FRAMES = 256,
};

typedef struct spoor_stack {
  uint32_t count;
  // Index of the first async frame. From there on, addresses are the exact places where async callers resume; before
  // it, they are return addresses (one past the call). Equal to `count` if there is none.
  uint32_t async_start;
  uint64_t frames[SPOOR_STACK_FRAMES];
} spoor_stack;

// Captures the stack of the caller, whose own frame is the first entry.
void spoor_stack_capture(spoor_stack *out);

// Learns the address that async frames return to. Must be called directly by an async function. Returns whether the
// address was new.
bool spoor_stack_learn_async(void);

// The number of known addresses. 0 means that the stacks of async functions end at the executor.
uint32_t spoor_stack_async_sites(void);

// Walks over given stack memory, for tests: starts at the frame record at `fp` and reads only [low, high).
void spoor_stack_walk(uint64_t fp, uint64_t low, uint64_t high, spoor_stack *out);
