// SPDX-License-Identifier: Apache-2.0

// The throw hook: for every error thrown in the process, the stack and the span of the throw, kept until they are
// looked up.
//
// Swift's runtime calls two function pointers at each throw (`_swift_willThrow`, and the typed one); Spoor replaces
// them by functions of throw_hook.c, which call the previous ones. Once per throw: propagation through `try` does not
// call them again. Everything here is C, allocates nothing and never waits: if a shard of the table is busy, the
// throw's stack is lost and counted.
//
// The table holds the last 1 024 throws (16 shards of 64, about 500 KB, touched as used, and 230 KB for deep stacks).
// An entry holds an *unowned* reference to the error's box (for class errors: to the object), so that no other error
// gets its address, while its payload is freed as usual.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "spoor_context.h"
#include "spoor_stack.h"

enum {
  SPOOR_CAPTURE_OFF = 0,
  SPOOR_CAPTURE_ACTIVE_SPAN = 1,  // only if a context is bound
  SPOOR_CAPTURE_ALWAYS = 2,
};

// How certain a throw's stack is.
enum {
  SPOOR_THROW_EXACT = 1,     // of this very error
  SPOOR_THROW_INFERRED = 2,  // of a throw of the same type that most likely is this error's
};

enum { SPOOR_RETHROW_FRAMES = 16 };

// Where an error was rethrown: the nearest frames of that throw, in the form of spoor_stack.
typedef struct spoor_rethrow {
  uint32_t count;  // 0: it was not rethrown
  uint32_t async_start;
  uint64_t frames[SPOOR_RETHROW_FRAMES];
} spoor_rethrow;

typedef struct spoor_throw {
  spoor_stack stack;      // of the first throw
  spoor_rethrow rethrow;  // of the newest one after it
  spoor_span_ref span;    // meaningful if span_state is SPOOR_SPAN_EXACT
  uint32_t span_state;    // SPOOR_SPAN_…, at the throw
  uint32_t source;        // SPOOR_THROW_…
  uint32_t throws;        // how often this error was thrown so far (by `catch { throw error }`, by a task group …)
} spoor_throw;

typedef struct spoor_throw_counts {
  uint64_t captured;  // throws whose stack was kept
  uint64_t busy;      // throws whose stack was lost because another thread was in the same shard
} spoor_throw_counts;

// Installs the hook, or changes its settings if it is installed. `site_rate`: at each throwing place, one throw in this
// many is captured (0 and 1: all). May be called on any thread, any number of times. Returns false if Swift's runtime
// lacks the hook; nothing is captured then.
bool spoor_throws_install(uint32_t mode, uint32_t site_rate);

// Removes the hook. If another hook was installed after it, it stays in the chain and only calls the previous one.
void spoor_throws_uninstall(void);

// Looks up the throw of an error. `error` is the word of an `any Error`. Returns false if the error was never thrown,
// was thrown without capture, or was thrown more than about a thousand throws ago.
bool spoor_throws_find(const void *error, spoor_throw *out);

// Looks up the throw of an error of another type that this error was made from, judged by the stacks; `type` gets its
// metadata. For errors that keep no reference to their original (NSError). The result is always inferred.
bool spoor_throws_find_source(const void *error, spoor_throw *out, const void **type);

// A new number for a failure, unique in the process, counted from 1.
uint64_t spoor_throws_next_id(void);

// The places where a failure is recorded.
enum {
  SPOOR_SINK_LOG = 1,
  SPOOR_SINK_SPAN = 2,
  SPOOR_SINK_OTHER = 4,
};

// Must be called first where an error was caught, before anything copies it. It notes whether the caller holds the only
// reference. If so, the error is not a constant that several places throw, and all its throws belong to the same
// failure.
void spoor_throws_catch(const void *error);

typedef struct spoor_throw_record {
  uint64_t id;      // the given id, or the id under which the error was recorded before
  uint32_t before;  // where it was recorded before, SPOOR_SINK_…
} spoor_throw_record;

// Looks up an error like spoor_throws_find, and notes that it is recorded as failure `id` (not 0) in these places
// (SPOOR_SINK_…). Later look-ups of this error return the same result, so that its records agree. Must be called by the
// function that records, because its callers show where the catch is. Errors that were never thrown are remembered too.
bool spoor_throws_record(const void *error, uint64_t id, uint32_t sinks, spoor_throw *out, spoor_throw_record *record);

// Unwraps an error: generic code whose error type is `any Error` puts the error's box into a second box. Returns the
// word of the innermost error. `holder` gets the address of the word that holds it, or null if `error` is not nested.
const void *spoor_error_unwrap(const void *error, const void **holder);

// Sets whether the memory of Swift's errors and types is as error_layout.h assumes; false at first.
void spoor_error_trust_layout(bool is_trusted);

spoor_throw_counts spoor_throws_count(void);
