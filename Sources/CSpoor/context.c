// SPDX-License-Identifier: Apache-2.0

#include "spoor_context.h"
#include "cache_line.h"
#include "spoor_atomics.h"
#include "spoor_task.h"
#include "swift_runtime.h"

// 1 024 sets of 8 entries. The eight words of a set are one cache line, so that a missing word is detected after two
// lines; the spans are stored separately. A word takes an entry of its own set or of the next one.
enum { SETS = 1024, WAYS = 8, WORDS = sizeof(spoor_span_ref) / 8 };

// The word of an entry that is taken but whose span is not written yet. No context has this address.
#define BUSY 1ull

struct place {
  uint64_t version;      // raised at each entry: a reader that copied across a change sees it
  uint64_t span[WORDS];  // a spoor_span_ref, word by word, because it is read while it may be overwritten
};

static struct {
  uint64_t words[WAYS];
} __attribute__((aligned(64))) keys[SETS];
static struct place places[SETS][WAYS] __attribute__((aligned(64)));
static uint64_t overflows;

_Static_assert(sizeof(struct place) == 64, "a place is one cache line");

static inline unsigned set_of(uint64_t word) { return (unsigned)(((word >> 4) * 0x9E3779B97F4A7C15ull) >> 54); }

static bool write_place(unsigned set, unsigned way, uint64_t expected, uint64_t word, const spoor_span_ref *span) {
  uint64_t *key = &keys[set].words[way];
  if (!spoor_cas64(key, expected, BUSY)) return false;
  struct place *place = &places[set][way];
  uint64_t source[WORDS];
  __builtin_memcpy(source, span, sizeof source);
  __atomic_thread_fence(__ATOMIC_RELEASE);  // BUSY becomes visible before what follows
  spoor_store64_relaxed(&place->version, spoor_load64_relaxed(&place->version) + 1);
  for (int i = 0; i < WORDS; i++) spoor_store64_relaxed(&place->span[i], source[i]);
  spoor_store64_release(key, word);
  return true;
}

uint32_t spoor_context_enter(uint64_t word, const spoor_span_ref *span) {
  if (word <= BUSY) return SPOOR_CONTEXT_NO_ROOM;
  unsigned first = set_of(word);
  for (unsigned next = 0; next < 2; next++) {  // the same word: its former span was never removed
    unsigned set = (first + next) % SETS;
    for (unsigned way = 0; way < WAYS; way++) {
      if (spoor_load64_relaxed(&keys[set].words[way]) == word && write_place(set, way, word, word, span)) {
        return SPOOR_CONTEXT_REPLACED;
      }
    }
  }
  for (unsigned next = 0; next < 2; next++) {
    unsigned set = (first + next) % SETS;
    for (unsigned way = 0; way < WAYS; way++) {
      if (spoor_load64_relaxed(&keys[set].words[way]) == 0 && write_place(set, way, 0, word, span)) {
        return SPOOR_CONTEXT_ENTERED;
      }
    }
  }
  spoor_add64_relaxed(&overflows, 1);
  return SPOOR_CONTEXT_NO_ROOM;
}

// `out` is only defined if it returns true.
static inline bool read_place(unsigned set, unsigned way, uint64_t word, spoor_span_ref *out) {
  const uint64_t *key = &keys[set].words[way];
  const struct place *place = &places[set][way];
  if (spoor_load64_acquire(key) != word) return false;
  uint64_t version = spoor_load64_relaxed(&place->version);
  uint64_t copy[WORDS];
  for (int i = 0; i < WORDS; i++) copy[i] = spoor_load64_relaxed(&place->span[i]);
  __builtin_memcpy(out, copy, sizeof copy);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return spoor_load64_relaxed(key) == word && spoor_load64_relaxed(&place->version) == version;
}

// Finds the entry of a word; false if it is not in the table.
static inline bool locate(uint64_t word, unsigned *set, unsigned *way) {
  unsigned first = set_of(word);
  for (unsigned next = 0; next < 2; next++) {
    unsigned candidate = (first + next) % SETS;
    for (unsigned i = 0; i < WAYS; i++) {
      if (spoor_load64_relaxed(&keys[candidate].words[i]) == word) return *set = candidate, *way = i, true;
    }
  }
  return false;
}

bool spoor_context_leave(uint64_t word, uint64_t span_id) {
  unsigned set, way;
  spoor_span_ref found;
  if (word <= BUSY || !locate(word, &set, &way)) return false;
  if (!read_place(set, way, word, &found) || found.span_id != span_id) return false;
  return spoor_cas64(&keys[set].words[way], word, 0);
}

bool spoor_can_hold_objects(void) {
  return SPOOR_HAS(swift_unownedRetain) && SPOOR_HAS(swift_unownedRelease) && SPOOR_HAS(swift_retainCount);
}

uint64_t spoor_reference_count(uint64_t word) { return swift_retainCount((void *)(uintptr_t)word); }

void spoor_context_hold(uint64_t word) {
  if (SPOOR_HAS(swift_unownedRetain)) swift_unownedRetain((void *)(uintptr_t)word);
}

void spoor_context_let_go(uint64_t word) {
  if (SPOOR_HAS(swift_unownedRelease)) swift_unownedRelease((void *)(uintptr_t)word);
}

SPOOR_LINE bool spoor_context_find(uint64_t word, spoor_span_ref *out) {
  unsigned set, way;
  return word > BUSY && locate(word, &set, &way) && read_place(set, way, word, out);
}

uint32_t spoor_context_current(spoor_span_ref *out) {
  uint64_t word = spoor_context_word();
  if (word == 0) return SPOOR_SPAN_NONE;
  return spoor_context_find(word, out) ? SPOOR_SPAN_EXACT : SPOOR_SPAN_UNKNOWN;
}

bool spoor_context_newest(uint64_t task, uint32_t thread, spoor_span_ref *out) {
  bool found_task = false, found_thread = false;
  uint64_t newest = 0;
  for (unsigned set = 0; set < SETS; set++) {
    for (unsigned way = 0; way < WAYS; way++) {
      uint64_t word = spoor_load64_acquire(&keys[set].words[way]);
      spoor_span_ref span;
      if (word <= BUSY || !read_place(set, way, word, &span)) continue;
      bool same_task = task != 0 && span.task == task;
      bool same_thread = span.thread == thread;
      if (!same_task && (found_task || !same_thread)) continue;
      // A span of the task wins over any span of the thread, however old.
      bool better = same_task ? (!found_task || span.start >= newest) : (!found_thread || span.start >= newest);
      if (!better) continue;
      found_task |= same_task, found_thread |= !same_task;
      newest = span.start;
      *out = span;
    }
  }
  return found_task || found_thread;
}

uint64_t spoor_context_overflows(void) { return spoor_load64_relaxed(&overflows); }
