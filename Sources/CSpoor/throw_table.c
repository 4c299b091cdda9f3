// SPDX-License-Identifier: Apache-2.0

#include "throw_table.h"
#include <pthread.h>
#include <string.h>
#include "cache_line.h"
#include "spoor_atomics.h"
#include "stack_walk.h"

struct shard throw_shards[SHARDS];
uint32_t error_layout_is_trusted;
static uint64_t sequence __attribute__((aligned(64)));
static uint64_t busy __attribute__((aligned(64)));

static inline struct place place_of(uint64_t key) {
  uint64_t hash = (key >> 4) * 0x9E3779B97F4A7C15ull;
  return (struct place){&throw_shards[hash >> 60], (unsigned)(hash >> 57) & 7, -1};
}

static inline int way_of(const struct place *place, uint64_t key) {
  for (int way = 0; way < WAYS; way++) {
    if (spoor_load64_relaxed(&place->shard->keys[place->set][way]) == key) return way;
  }
  return -1;
}

// A free way of the set, otherwise the oldest one. The caller holds the lock.
static int victim_of(const struct place *place) {
  const uint64_t *keys = place->shard->keys[place->set], *sequences = place->shard->sequences[place->set];
  int oldest = 0;
  uint64_t lowest = UINT64_MAX;
  for (int way = 0; way < WAYS; way++) {
    uint64_t age = keys[way] == 0 ? 0 : sequences[way];  // The first throw has number 1.
    if (age < lowest) oldest = way, lowest = age;
  }
  return oldest;
}

// Tries for a bounded time only, because the hook must not wait.
static inline bool lock_briefly(struct shard *shard) {
  if (spoor_try_lock(&shard->lock) || spoor_busy_try_lock(&shard->lock, 250)) return true;
  spoor_add64_relaxed(&busy, 1);
  return false;
}

struct place throw_table_locate(uint64_t key) {
  struct place place = place_of(key);
  spoor_busy_lock(&place.shard->lock);
  place.way = way_of(&place, key);
  return place;
}

uint64_t throw_table_next(void) { return spoor_add64_relaxed(&sequence, 1) + 1; }

// The key is stored last and cleared first, so that a child of `fork` sees a whole entry or none.
static inline void *replace(struct place *place, const struct error_identity *error, struct entry **entry) {
  place->way = victim_of(place);
  struct shard *shard = place->shard;
  struct entry *new = place_entry(place);
  void *former = error_object(shard->keys[place->set][place->way]), *object = error_object(error->key);
  if (former) __builtin_prefetch(former, 1);  // It is no longer in the cache, and its reference count is needed soon.
  spoor_store64_release(&shard->keys[place->set][place->way], 0);
  if (object) swift_unownedRetain(object);
  kept_stack_clear(&new->stack);
  new->recorded = 0;
  new->sinks = new->throws = 0;
  new->span_state = SPOOR_SPAN_NONE;
  new->is_stored = new->is_sole = new->is_doubtful = new->is_guess = new->is_settled = false;
  new->is_copy = new->was_rethrown = new->was_seen = false;
  shard->tags[place->set][place->way] = (struct tag){error->owner, error->type, error->variant};
  *entry = new;
  return former;
}

void *throw_table_replace(struct place *place, const struct error_identity *error, struct entry **entry) {
  return replace(place, error, entry);
}

static inline void publish(struct place *place, const struct error_identity *error, uint64_t number) {
  place->shard->sequences[place->set][place->way] = number;
  spoor_store64_release(&place->shard->keys[place->set][place->way], error->key);
}

void throw_table_publish(struct place *place, const struct error_identity *error, uint64_t number) {
  publish(place, error, number);
}

// The span of a context's word; `out` is only defined for EXACT.
static inline uint32_t span_of(uint64_t context, spoor_span_ref *out) {
  if (context == 0) return SPOOR_SPAN_NONE;
  return spoor_context_find(context, out) ? SPOOR_SPAN_EXACT : SPOOR_SPAN_UNKNOWN;
}

static inline SPOOR_READS_STACKS void walk(uint64_t fp, spoor_stack *out) {
  spoor_stack_walk_direct(fp, fp, spoor_stack_end(), out);
}

void throw_table_see(struct entry *entry, uint64_t owner, const spoor_stack *stack) {
  kept_stack_store(&entry->seen, stack);
  entry->was_seen = true;
  entry->seen_owner = owner;
}

void spoor_rethrow_set(spoor_rethrow *rethrow, const spoor_stack *stack) {
  rethrow->count = stack->count < SPOOR_RETHROW_FRAMES ? stack->count : SPOOR_RETHROW_FRAMES;
  rethrow->async_start = stack->async_start < rethrow->count ? stack->async_start : rethrow->count;
  memcpy(rethrow->frames, stack->frames, rethrow->count * sizeof(uint64_t));
}

// Whether a stack is cut: it reached the limit, or its outer frames are lost.
static inline bool is_cut(const spoor_stack *stack) {
  return stack->count == SPOOR_STACK_FRAMES || stack->count == KEPT_FRAMES;
}

// Whether the callers of the second stack occur as a sequence in the first, for stacks that are cut at their outer end.
static bool overlaps(const spoor_stack *first, const spoor_stack *second, uint32_t start) {
  if (start >= second->count) return false;
  for (uint32_t at = 1; at < first->count; at++) {
    uint32_t i = 0;
    while (at + i < first->count && start + i < second->count && first->frames[at + i] == second->frames[start + i]) i++;
    if (at + i == first->count || (i > 0 && start + i == second->count)) return i > 0;
  }
  return false;
}

bool throw_passes_on(const spoor_stack *first, const spoor_stack *second, uint32_t helpers) {
  if (first->count == 0 || second->count == 0) return false;
  if (is_cut(first) || is_cut(second)) return overlaps(first, second, 1 + helpers);
  if (second->count >= first->count + helpers) return false;
  uint32_t start = 1 + helpers;
  for (uint32_t i = start; i < second->count; i++) {
    if (second->frames[i] != first->frames[first->count + i - second->count]) return false;
  }
  return true;
}

bool throw_passes_on_whole(const spoor_stack *first, const spoor_stack *second) {
  return !is_cut(first) && !is_cut(second) && throw_passes_on(first, second, 0);
}

static bool is_another_trace(const struct entry *entry, uint32_t span_state, const spoor_span_ref *span) {
  return entry->span_state == SPOOR_SPAN_EXACT && span_state == SPOOR_SPAN_EXACT &&
         (entry->span.trace_high != span->trace_high || entry->span.trace_low != span->trace_low);
}

// Whether a throw rethrows the error from where it was last seen: a throw or a record on the same task.
static bool is_on_its_way(const struct entry *entry, const struct tag *tag, uint64_t owner, const spoor_stack *first,
                          const spoor_stack *now, uint32_t helpers) {
  if (tag->owner == owner && throw_passes_on(first, now, helpers)) return true;
  if (!entry->was_seen || entry->seen_owner != owner) return false;
  spoor_stack seen;
  kept_stack_load(&entry->seen, &seen);
  return throw_passes_on(&seen, now, helpers);
}

// Whether a repeated throw of an error is a new failure, because the program keeps the error (a `static let` is one
// box, thrown in many places). Then the newest stack counts. Otherwise the error is rethrown, and the first stack shows
// its origin.
//
// Whether others hold the error is known from its reference count at the throw in debug builds. An optimised build
// counts a holder's reference only after the throw, so there a rethrown error and a kept one look alike. Signs of a
// kept one: the place of the first throw again, another trace, or a log record in between.
static bool is_thrown_anew(const struct entry *entry, const struct tag *tag, const struct error_identity *error,
                           const spoor_stack *first, const spoor_stack *now, bool is_other_trace) {
  if (entry->throws == 0 || (error->key & 1)) return true;
  if (entry->is_sole || (!is_other_trace && is_on_its_way(entry, tag, error->owner, first, now, 0))) return false;
  return entry->is_stored || is_other_trace ||
         (first->count > 0 && now->count > 0 && first->frames[0] == now->frames[0]) ||
         (tag->owner == error->owner && (entry->sinks & (SPOOR_SINK_LOG | SPOOR_SINK_OTHER)));
}

static __attribute__((noinline)) SPOOR_READS_STACKS void throw_again(struct place *place, struct entry *entry,
                                                                     const struct error_identity *error, uint64_t fp,
                                                                     uint32_t span_state, const spoor_span_ref *span) {
  struct tag *tag = &place->shard->tags[place->set][place->way];
  bool is_typed_value = error->key & 1;
  bool is_other_trace = is_another_trace(entry, span_state, span);
  spoor_stack first, now;
  walk(fp, &now);
  kept_stack_load(&entry->stack, &first);
  if (entry->throws == 0 && entry->recorded != 0 && is_on_its_way(entry, tag, error->owner, &first, &now, 0)) {
    // It was recorded before it was seen thrown: the first throw was not captured, and this one rethrows it. A span
    // records errors that it rethrows itself; code that logs an error may have created it.
    if (entry->sinks == SPOOR_SINK_SPAN) return;
    kept_stack_store(&entry->stack, &now);
    entry->throws = 1;
    entry->is_guess = true;
    entry->span_state = span_state;
    entry->span = *span;
    return;
  }
  if (is_thrown_anew(entry, tag, error, &first, &now, is_other_trace)) {
    if (entry->throws > 0 && !is_typed_value) entry->is_stored = entry->is_doubtful = true;
    entry->throws = 0;  // another failure
    kept_stack_store(&entry->stack, &now);
    *tag = (struct tag){error->owner, error->type, error->variant};
    place->shard->sequences[place->set][place->way] = throw_table_next();
    entry->is_copy = entry->was_rethrown = entry->was_seen = false;
    entry->is_guess = entry->is_settled = false;
  } else {
    if (!is_on_its_way(entry, tag, error->owner, &first, &now, 0)) entry->is_doubtful = true;
    throw_table_see(entry, error->owner, &now);
    spoor_rethrow_set(&entry->rethrow, &now);
    entry->was_rethrown = true;
    if (!is_other_trace) {
      entry->throws++;
      return;
    }
  }
  // Another failure, or the same one in another trace, which has no record of it yet.
  entry->span_state = span_state;
  entry->span = *span;
  entry->recorded = 0;
  entry->sinks = 0;
  entry->throws++;
}

// Stores a stack that may be deeper than an entry has room for.
static __attribute__((noinline, cold)) SPOOR_READS_STACKS void keep_deep(uint64_t fp, struct entry *entry) {
  spoor_stack stack;
  walk(fp, &stack);
  kept_stack_store(&entry->stack, &stack);
}

static inline void note(const struct error_identity *error, uint64_t fp, uint64_t context, bool misses_some) {
  struct place place = place_of(error->key);
  if (!lock_briefly(place.shard)) return;
  void *former = 0;
  struct entry *entry;
  place.way = way_of(&place, error->key);
  if (place.way >= 0) {
    spoor_span_ref span = {0};
    uint32_t state = span_of(context, &span);
    throw_again(&place, place_entry(&place), error, fp, state, &span);
  } else {
    uint64_t number = throw_table_next();
    former = replace(&place, error, &entry);
    // The two structures have the same first members, and a limited walk writes only those.
    spoor_stack_walk_limited(fp, fp, spoor_stack_end(), KEPT_FRAMES, (spoor_stack *)&entry->stack);
    if (entry->stack.count == KEPT_FRAMES) keep_deep(fp, entry);
    entry->span_state = span_of(context, &entry->span);
    entry->throws = 1;
    void *object = error_object(error->key);
    entry->is_stored = object && swift_retainCount(object) > 1;
#ifndef __OPTIMIZE__  // See is_thrown_anew; the package and its user are compiled alike.
    entry->is_sole = object && !entry->is_stored && !error->was_boxed;
#endif
    entry->is_guess = misses_some && (entry->is_stored || error->was_boxed);
    publish(&place, error, number);
  }
  spoor_busy_unlock(&place.shard->lock);
  if (former) swift_unownedRelease(former);
}

SPOOR_LINE void throw_table_note_box(const void *error, uint64_t fp, uint64_t context, bool misses_some) {
  struct error_identity identity = error_identity_of_box(error);
  note(&identity, fp, context, misses_some);
}

void throw_table_note_value(const void *value, const void *type, uint64_t fp, uint64_t context, bool misses_some) {
  struct error_identity identity = error_identity_of_value(value, type);
  note(&identity, fp, context, misses_some);
}

uint64_t spoor_throws_next_id(void) {
  static uint64_t last;
  return spoor_add64_relaxed(&last, 1) + 1;
}

spoor_throw_counts spoor_throws_count(void) {
  return (spoor_throw_counts){spoor_load64_relaxed(&sequence), spoor_load64_relaxed(&busy)};
}

const void *spoor_error_unwrap(const void *error, const void **holder) {
  struct swift_error_value value;
  *holder = NULL;
  if (!SPOOR_HAS(swift_getErrorValue)) return error;
  void *scratch = NULL;
  for (int depth = 0; depth < ERROR_NESTING; depth++) {
    swift_getErrorValue(error, &scratch, &value);
    if (!error_is_any_error(value.type)) break;
    *holder = value.value;
    error = *(const void *const *)value.value;
  }
  return error;
}

void spoor_error_trust_layout(bool is_trusted) { spoor_store32_relaxed(&error_layout_is_trusted, is_trusted); }

// A thread that does not exist in the child may have held a lock at the `fork`. Entries are whole or free at any
// moment.
static void unlock_all(void) {
  for (unsigned s = 0; s < SHARDS; s++) spoor_busy_unlock(&throw_shards[s].lock);
}

void throw_table_prepare(void) {
  static uint32_t done;
  if (spoor_cas32(&done, 0, 1)) pthread_atfork(0, 0, unlock_all);
}
