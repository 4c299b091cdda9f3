// Which span is current, answered from C in a few nanoseconds: in the throw hook and in the signal handler.
//
// `withSpan` binds a `ServiceContext` only, and a context is one word: the address of its storage. So a span enters the
// word of the context it hands out into a table of 8 192 places, and leaves it at its end:
//
//     word of the context  →  trace id, span id, the journal's slot and generation
//
// The word must be resolved *at the throw* and the ids copied: of contexts that follow each other, nearly all get the
// address of a dead one. A stale or unknown word is no span.
//
// Every function may be called on every thread at any time; none waits and none allocates. enter + leave: about 15 ns.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// What the table knows of a span. 56 bytes, the same in the file of a crash.
typedef struct spoor_span_ref {
  uint64_t trace_high;   // high 64 bits of the trace id
  uint64_t trace_low;
  uint64_t span_id;      // never 0 for a span
  uint64_t start;        // nanoseconds of the monotonic clock; the newest of a task is told by it
  uint64_t task;         // spoor_current_task() where the span started, 0 for none
  uint32_t thread;       // spoor_thread_id() where it started
  uint32_t slot;         // index in the journal, 0xFFFFFFFF for a span that has none
  uint32_t generation;   // of that slot
  uint32_t flags;        // SPOOR_SPAN_SAMPLED
} spoor_span_ref;

// The head decision was "yes".
enum { SPOOR_SPAN_SAMPLED = 1 };

// How the current span was found.
enum {
  SPOOR_SPAN_NONE = 0,      // no context is bound, or an empty one
  SPOOR_SPAN_EXACT = 1,     // the current context is the span's own
  SPOOR_SPAN_INFERRED = 2,  // the newest open span of the same task, else of the same thread
  SPOOR_SPAN_UNKNOWN = 3,   // a context is bound that no open span handed out (a key was set since, or the span ended)
};

// What became of a word that was to be entered.
enum {
  SPOOR_CONTEXT_NO_ROOM = 0,   // nothing near the word is free (counted): throws inside the span count as UNKNOWN
  SPOOR_CONTEXT_ENTERED = 1,
  SPOOR_CONTEXT_REPLACED = 2,  // the same word had another span
};

// At a span's start: the word of the context handed to its body.
uint32_t spoor_context_enter(uint64_t word, const spoor_span_ref *span);

// At its end. Returns whether the word is gone; nothing happens if it belongs to another span by now.
bool spoor_context_leave(uint64_t word, uint64_t span_id);

// Keeps the memory of a context's storage, not its content, from the word's entry until it has left: its address is given
// to no other context meanwhile. For words that are real contexts.
void spoor_context_hold(uint64_t word);
void spoor_context_let_go(uint64_t word);

// The span of one word, copied. False if no open span has that word: what `out` holds then means nothing.
bool spoor_context_find(uint64_t word, spoor_span_ref *out);

// The span of the current context: NONE, EXACT or UNKNOWN; what `out` holds means something for EXACT only.
uint32_t spoor_context_current(spoor_span_ref *out);

// The newest open span that started on this task, else on this thread. Looks at the whole table (about 50 µs): for the
// signal handler, when the word says nothing. False if there is none.
bool spoor_context_newest(uint64_t task, uint32_t thread, spoor_span_ref *out);

// How many spans found no room.
uint64_t spoor_context_overflows(void);
