// SPDX-License-Identifier: Apache-2.0

// Finds the current span from C in a few nanoseconds, for the throw hook and the signal handler.
//
// `withSpan` binds only a `ServiceContext`, and a context is one word: the address of its storage. A span enters the
// word of its context into a table of 8 192 entries at its start and removes it at its end:
//
//     word of the context  →  trace id, span id, the journal's slot and generation
//
// The word must be resolved *at the throw* and the ids copied, because a new context usually gets the address of a dead
// one. A stale or unknown word means no span.
//
// Every function may be called on any thread at any time; none waits or allocates. enter + leave take about 15 ns.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// An entry of the table: 56 bytes, with the same layout in a crash record.
typedef struct spoor_span_ref {
  uint64_t trace_high;   // high 64 bits of the trace id
  uint64_t trace_low;
  uint64_t span_id;      // never 0 for a span
  uint64_t start;        // nanoseconds of the monotonic clock; decides which span of a task is the newest
  uint64_t task;         // spoor_current_task() where the span started, 0 for none
  uint32_t thread;       // spoor_thread_id() where it started
  uint32_t slot;         // index in the journal, 0xFFFFFFFF for a span that has none
  uint32_t generation;   // of that slot
  uint32_t flags;        // SPOOR_SPAN_SAMPLED
} spoor_span_ref;

// The span is recorded by the head decision.
enum { SPOOR_SPAN_SAMPLED = 1 };

// The way in which the current span was found.
enum {
  SPOOR_SPAN_NONE = 0,      // no context is bound, or an empty one
  SPOOR_SPAN_EXACT = 1,     // the current context is the span's own
  SPOOR_SPAN_INFERRED = 2,  // the newest open span of the same task, else of the same thread
  SPOOR_SPAN_UNKNOWN = 3,   // a context is bound that no open span handed out (a key was set since, or the span ended)
};

// The outcome of entering a word.
enum {
  SPOOR_CONTEXT_NO_ROOM = 0,   // no entry near the word is free (counted): throws inside the span count as UNKNOWN
  SPOOR_CONTEXT_ENTERED = 1,
  SPOOR_CONTEXT_REPLACED = 2,  // the same word had another span
};

// Enters the word of a span's context at the span's start.
uint32_t spoor_context_enter(uint64_t word, const spoor_span_ref *span);

// Removes the word at the span's end. Returns whether it was removed; a word that now belongs to another span is kept.
bool spoor_context_leave(uint64_t word, uint64_t span_id);

// Keeps the memory of a context's storage, but not its content, while its word is entered, so that no other context
// gets its address. Only for words that are real contexts.
void spoor_context_hold(uint64_t word);
void spoor_context_let_go(uint64_t word);

// Whether Swift's runtime has the functions that `spoor_context_hold` and `spoor_reference_count` call.
bool spoor_can_hold_objects(void);

// The number of strong references to the native Swift object at this address. The address must be that of such an
// object.
uint64_t spoor_reference_count(uint64_t word);

// Copies the span of a word. False if no open span has that word; `out` is then undefined.
bool spoor_context_find(uint64_t word, spoor_span_ref *out);

// Copies the span of the current context: NONE, EXACT or UNKNOWN. `out` is only defined for EXACT.
uint32_t spoor_context_current(spoor_span_ref *out);

// Copies the newest open span that started on this task, else on this thread. It scans the whole table (about 50 µs),
// for the signal handler when the word is unknown. False if there is none.
bool spoor_context_newest(uint64_t task, uint32_t thread, spoor_span_ref *out);

// The number of spans for which no entry was free.
uint64_t spoor_context_overflows(void);
