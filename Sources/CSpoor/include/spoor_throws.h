// The throw hook: for every error thrown in the process, the stack and the span of the throw, kept until somebody asks.
//
// Swift's runtime calls two function pointers at each throw (`_swift_willThrow`, and the typed one); they are exchanged
// for functions of this file, which call what was there before. Once per throw: propagation through `try` does not call
// them again. Everything here is C, allocates nothing and never waits: a shard of the table that is busy costs that
// throw its stack (counted).
//
// The table holds the last 1 024 throws (16 shards of 64, about 400 KB, touched as used). An entry holds an *unowned*
// reference to the error's box (for class errors: to the object), so that its address means it alone while the payload
// is freed in time.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "spoor_context.h"
#include "spoor_stack.h"

enum {
  SPOOR_CAPTURE_OFF = 0,
  SPOOR_CAPTURE_ACTIVE_SPAN = 1,  // only where a context is bound
  SPOOR_CAPTURE_ALWAYS = 2,
};

// Which stack a throw's is.
enum {
  SPOOR_THROW_NONE = 0,
  SPOOR_THROW_EXACT = 1,     // of this very error
  SPOOR_THROW_INFERRED = 2,  // of the newest throw of the same type on the same task or thread
};

typedef struct spoor_throw {
  spoor_stack stack;
  spoor_span_ref span;     // meaningful if span_state is SPOOR_SPAN_EXACT
  uint32_t span_state;     // SPOOR_SPAN_…, at the throw
  uint32_t source;         // SPOOR_THROW_…
  uint32_t throws;         // how often this error was thrown so far (again by `catch { throw error }`, by a task group …)
  uint32_t reserved;
  uint64_t last_site;      // the return address at the last of these throws
} spoor_throw;

typedef struct spoor_throw_counts {
  uint64_t captured;  // throws whose stack was kept
  uint64_t busy;      // throws whose stack was lost because another thread was in the same shard
} spoor_throw_counts;

// Installs the hook, or changes the settings of the one installed. `site_rate`: of each throwing place, 1 in so many
// throws is captured (0 and 1: all). Any thread, any number of times.
void spoor_throws_install(uint32_t mode, uint32_t site_rate);

// Takes the hook out. If somebody has chained behind it, it stays in the chain and does nothing but call on.
void spoor_throws_uninstall(void);

// What is known of an error. `error` is the word of an `any Error`. False if nothing is: it was never thrown, or thrown
// without capture, or more than about a thousand throws ago.
bool spoor_throws_find(const void *error, spoor_throw *out);

// A new number for a failure, unique in the process, counted from 1.
uint64_t spoor_throws_next_id(void);

// Where a failure is recorded.
enum {
  SPOOR_SINK_LOG = 1,
  SPOOR_SINK_SPAN = 2,
  SPOOR_SINK_OTHER = 4,
};

// Remembers that the error was recorded as failure `id` (not 0) in these places (SPOOR_SINK_…), unless it was already.
// Returns the id of the first record, or 0 if this is the first; `before` gets the places where it had been recorded. Works for errors that were never thrown too. An error that has no identity of its
// own (a value put into a new box by a cast) counts as a new one.
uint64_t spoor_throws_mark(const void *error, uint64_t id, uint32_t sinks, uint32_t *before);

spoor_throw_counts spoor_throws_count(void);
