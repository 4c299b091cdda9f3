// SPDX-License-Identifier: Apache-2.0

// Looks up an error at its catch: its own entry in the table of throws, or the entry that most likely belongs to it.
//
// An error's identity is its box. It gets another one, of the same type, where it is cast (`catch let e as X { throw e
// }`) and where a typed throw leaves a function that throws `any Error`; a typed value has none before it is converted
// to `any Error`. So there are two questions: which entry is the error's (that of its key, otherwise a likely one), and
// whether that entry's throw rethrew an earlier one. Only the answer by key is certain; every other answer is marked as
// a guess.
#include "spoor_atomics.h"
#include "stack_walk.h"
#include "throw_table.h"

// A copy of an entry.
struct known {
  uint64_t key, number;
  const void *type;
  struct entry entry;
  spoor_stack stack;
};

static void copy_known(const struct place *place, struct known *out) {
  out->key = place->shard->keys[place->set][place->way];
  out->number = place->shard->sequences[place->set][place->way];
  out->type = place->shard->tags[place->set][place->way].type;
  out->entry = *place_entry(place);
  if (!out->entry.was_rethrown) out->entry.rethrow.count = 0;
  kept_stack_load(&out->entry.stack, &out->stack);
}

// What a search over all entries looks for.
struct query {
  const struct error_identity *error;
  // The throw that rethrew the one looked for; null to look for the error's own throw.
  const struct known *later;
  // The stack of the catch; null if it is not known.
  const spoor_stack *at_catch;
  // The places where the error is to be recorded, SPOOR_SINK_…
  uint32_t sinks;
  // The current span; null if it is not known.
  const spoor_span_ref *span;
  // Looks for an error of another type from which this one was made, as NSError is.
  bool is_of_another_type;
};

static bool is_same_trace(const struct entry *entry, const spoor_span_ref *span) {
  return span && entry->span_state == SPOOR_SPAN_EXACT && entry->span.trace_high == span->trace_high &&
         entry->span.trace_low == span->trace_low;
}

// Whether the catch lies in a function that the throw came through: the catch's callers are the throw's outermost
// frames. Between the catch and this function are Spoor's and swift-log's own functions.
static bool came_through(const spoor_stack *thrown, const spoor_stack *at_catch) {
  enum { OWN_FUNCTIONS = 12 };
  for (uint32_t start = 1; start < at_catch->count && start <= OWN_FUNCTIONS; start++) {
    uint32_t callers = at_catch->count - start;
    if (callers >= thrown->count) continue;
    uint32_t i = 0;
    while (i < callers && at_catch->frames[start + i] == thrown->frames[thrown->count - callers + i]) i++;
    if (i == callers) return true;
  }
  return false;
}

static bool answers(const struct query *query, const struct shard *shard, unsigned set, unsigned way) {
  const struct tag *tag = &shard->tags[set][way];
  const struct entry *entry = &shard->entries[set][way];
  const struct error_identity *error = query->error;
  uint64_t key = shard->keys[set][way];
  if (key == 0 || entry->throws == 0 || entry->is_copy) return false;
  const struct known *later = query->later;
  if (later && (key == later->key || shard->sequences[set][way] >= later->number)) return false;
  bool is_its_type = tag->type == error->type && tag->variant == error->variant;
  if (is_its_type == query->is_of_another_type) return false;
  bool is_typed_value = key & 1, is_free = entry->recorded == 0;
  if (tag->owner != error->owner) {
    // A child task's typed error is boxed on its way to the parent task.
    const spoor_span_ref *span = later ? &later->entry.span : query->span;
    if (later && later->entry.span_state != SPOOR_SPAN_EXACT) return false;
    return is_typed_value && is_free && is_its_type && is_same_trace(entry, span);
  }
  spoor_stack stack;
  if (later) {
    if (entry->span_state != later->entry.span_state) return false;
    if (entry->span_state == SPOOR_SPAN_EXACT && !is_same_trace(entry, &later->entry.span)) return false;
    kept_stack_load(&entry->stack, &stack);
    return throw_passes_on_whole(&stack, &later->stack);
  }
  if (is_typed_value || is_free) return true;
  // A span may have recorded it on its way here. If it is already recorded in the requested place, it is another
  // failure.
  if (!query->at_catch || (entry->sinks & query->sinks)) return false;
  kept_stack_load(&entry->stack, &stack);
  return came_through(&stack, query->at_catch);
}

// Copies the newest entry that matches.
static bool find_newest(const struct query *query, struct known *out) {
  bool found = false;
  uint64_t newest = 0;
  for (unsigned s = 0; s < SHARDS; s++) {
    struct shard *shard = &throw_shards[s];
    spoor_busy_lock(&shard->lock);
    for (unsigned i = 0; i < SETS * WAYS; i++) {
      if (shard->sequences[i / WAYS][i % WAYS] <= newest || !answers(query, shard, i / WAYS, i % WAYS)) continue;
      struct place place = {shard, i / WAYS, (int)(i % WAYS)};
      newest = shard->sequences[i / WAYS][i % WAYS];
      copy_known(&place, out);
      found = true;
    }
    spoor_busy_unlock(&shard->lock);
  }
  return found;
}

// Combines two throws of one error: the earlier throw's stack is the error's, and the later place is where it was
// rethrown.
static void put_in_front(struct known *later, const struct known *earlier) {
  if (later->entry.rethrow.count == 0) spoor_rethrow_set(&later->entry.rethrow, &later->stack);
  later->stack = earlier->stack;
  later->entry.span = earlier->entry.span;
  later->entry.span_state = earlier->entry.span_state;
  later->entry.throws += earlier->entry.throws;
  later->entry.is_guess = true;
}

// Finds the entry for the error. `is_own` gets whether the error has its own entry, `origin` the key of the earliest
// throw.
static bool look_up(const struct query *query, struct known *out, bool *is_own, uint64_t *origin) {
  struct place place = throw_table_locate(query->error->key);
  *is_own = place.way >= 0;
  if (*is_own) {
    copy_known(&place, out);
  }
  spoor_busy_unlock(&place.shard->lock);
  if (!*is_own || out->entry.throws == 0) {
    struct entry own = out->entry;
    if (!find_newest(query, out)) return false;
    out->entry.is_guess = true;
    out->entry.is_settled = false;
    if (*is_own) out->entry.recorded = own.recorded, out->entry.sinks = own.sinks;
  }
  *origin = out->key;
  if (out->entry.is_settled) return true;
  struct known earlier;
  struct query further = *query;
  for (int hop = 0; hop < 4; hop++) {
    struct known current = *out;
    if (hop > 0) current = earlier;
    further.later = &current;
    if (!find_newest(&further, &earlier)) break;
    put_in_front(out, &earlier);
    *origin = earlier.key;
  }
  return true;
}

void spoor_throws_catch(const void *error) {
  if (!swift_runtime_tells_throws()) return;
  struct error_identity identity = error_identity_of_box(error);
  void *object = error_object(identity.key);
  if (!object || swift_retainCount(object) != 1) return;
  struct place place = throw_table_locate(identity.key);
  if (place.way >= 0) place_entry(&place)->is_sole = true;
  spoor_busy_unlock(&place.shard->lock);
}

static void describe(const struct known *known, spoor_throw *out) {
  const struct entry *entry = &known->entry;
  bool is_inferred = entry->is_guess || (entry->is_doubtful && !entry->is_sole);
  *out = (spoor_throw){.span = entry->span,
                       .span_state = entry->span_state,
                       .source = is_inferred ? SPOOR_THROW_INFERRED : SPOOR_THROW_EXACT,
                       .throws = entry->throws,
                       .rethrow = entry->rethrow};
  out->stack = known->stack;
}

bool spoor_throws_find(const void *error, spoor_throw *out) {
  out->throws = 0;
  if (!swift_runtime_tells_throws()) return false;
  struct error_identity identity = error_identity_of_box(error);
  struct query query = {.error = &identity};
  struct known known;
  bool is_own;
  uint64_t origin;
  if (!look_up(&query, &known, &is_own, &origin)) return false;
  describe(&known, out);
  return true;
}

// Copies the id and the sinks from another entry of the same failure. A guess never takes over an entry that is already
// recorded in the requested place, because that is a failure of its own. A typed value has no identity, but
// shares the entry too.
static void share_record(uint64_t key, struct entry *own, uint64_t id, uint32_t sinks) {
  struct place place = throw_table_locate(key);
  if (place.way >= 0) {
    struct entry *other = place_entry(&place);
    bool is_typed_value = key & 1;
    if (own->recorded == 0 && other->recorded != 0 && (is_typed_value || !(other->sinks & sinks))) {
      own->recorded = other->recorded;
      own->sinks = other->sinks;
    }
    if (other->recorded == 0) other->recorded = own->recorded ? own->recorded : id;
    if (other->recorded == (own->recorded ? own->recorded : id)) other->sinks |= sinks;
  }
  spoor_busy_unlock(&place.shard->lock);
}

__attribute__((noinline)) bool spoor_throws_record(const void *error, uint64_t id, uint32_t sinks, spoor_throw *out,
                                                   spoor_throw_record *record) {
  out->throws = 0;
  *record = (spoor_throw_record){.id = id};
  if (!swift_runtime_tells_throws()) return false;
  struct error_identity identity = error_identity_of_box(error);
  spoor_stack at_catch;
  spoor_stack_capture(&at_catch);
  spoor_span_ref span;
  struct query query = {.error = &identity, .at_catch = &at_catch, .sinks = sinks};
  if (spoor_context_current(&span) == SPOOR_SPAN_EXACT) query.span = &span;
  struct known known = {0};
  bool is_own = false;
  uint64_t origin = identity.key;
  bool is_known = look_up(&query, &known, &is_own, &origin);
  if (!is_known) known.entry = (struct entry){.recorded = is_own ? known.entry.recorded : 0,
                                              .sinks = is_own ? known.entry.sinks : 0};
  if (!is_own) known.entry.recorded = 0, known.entry.sinks = 0;
  if (is_known && origin != identity.key) share_record(origin, &known.entry, id, sinks);

  // The error's own entry gets the same content, so that the span's record and the log's agree.
  void *former = 0;
  struct place place = throw_table_locate(identity.key);
  struct entry *entry;
  bool is_new = place.way < 0;
  if (is_new) former = throw_table_replace(&place, &identity, &entry);
  else entry = place_entry(&place);
  if (is_known) {
    if (is_new) entry->is_copy = true;
    kept_stack_store(&entry->stack, &known.stack);
    entry->rethrow = known.entry.rethrow;
    entry->was_rethrown = entry->rethrow.count > 0;
    entry->span = known.entry.span;
    entry->span_state = known.entry.span_state;
    entry->throws = known.entry.throws;
    entry->is_doubtful = known.entry.is_doubtful;
    entry->is_guess = known.entry.is_guess;
    entry->is_settled = true;
  }
  throw_table_see(entry, identity.owner, &at_catch);
  if (entry->recorded == 0) entry->recorded = known.entry.recorded ? known.entry.recorded : id;
  entry->sinks |= known.entry.sinks;
  record->id = entry->recorded;
  record->before = entry->sinks;
  entry->sinks |= sinks;
  if (is_new) throw_table_publish(&place, &identity, throw_table_next());
  spoor_busy_unlock(&place.shard->lock);
  if (former) swift_unownedRelease(former);
  if (is_known) describe(&known, out);
  return is_known;
}

bool spoor_throws_find_source(const void *error, spoor_throw *out, const void **type) {
  if (!swift_runtime_tells_throws()) return false;
  struct error_identity identity = error_identity_of_box(error);
  struct query query = {.error = &identity};
  struct known own, source;
  bool is_own;
  uint64_t origin;
  if (!look_up(&query, &own, &is_own, &origin) || !is_own) return false;
  query.later = &own;
  query.is_of_another_type = true;
  if (!find_newest(&query, &source)) return false;
  source.entry.is_guess = true;
  describe(&source, out);
  spoor_rethrow_set(&out->rethrow, &own.stack);
  *type = source.type;
  return true;
}
