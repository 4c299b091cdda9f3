// Reading a stack by its frame pointers: 15 to 35 ns, no allocation, no lock.
//
// SwiftPM keeps frame pointers in debug and release. What has none (glibc, hand-written assembly) is passed over or ends
// the walk; it never makes it fault: of the synchronous part only addresses between the caller's own frame and the end
// of its thread's stack are read.
//
// In an async function the frames below are the executor's. The callers are found along the continuations: on Linux an
// async frame holds its async context at [fp - 8] and returns to one fixed place in the runtime's job runner. That place
// is learned (spoor_stack_learn_async). Where the platform marks async frames itself (bit 60 of the saved frame pointer)
// the mark is accepted too. x86_64 and arm64; Darwin and musl are untested.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
  // Frames kept of a throw: the 32 nearest to it.
  SPOOR_STACK_FRAMES = 32,
};

typedef struct spoor_stack {
  uint32_t count;
  // Index of the first address that is the place an async caller resumes at (an exact address); those before it are
  // return addresses (one past the call). Equal to `count` if there is none.
  uint32_t async_start;
  uint64_t frames[SPOOR_STACK_FRAMES];
} spoor_stack;

// The stack of the caller, whose own frame is the first entry.
void spoor_stack_capture(spoor_stack *out);

// To be called directly by an async function: learns the address that async frames return to. True if it was new.
bool spoor_stack_learn_async(void);

// How many such addresses are known. 0 means that the stacks of async functions end at the executor.
uint32_t spoor_stack_async_sites(void);

// The walk over a given stack memory, for tests: from the frame record at `fp`, reading only [low, high).
void spoor_stack_walk(uint64_t fp, uint64_t low, uint64_t high, spoor_stack *out);
