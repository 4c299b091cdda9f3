#include "throw_table.h"
#include <pthread.h>
#include "cache_line.h"
#include "error_identity.h"
#include "spoor_atomics.h"
#include "stack_walk.h"
#include "swift_runtime.h"

// 16 shards, each with its lock, of 8 sets of 8 entries: an error is looked for in the eight places of one set, whose
// keys are one cache line. In a full set the entry noted longest ago goes.
enum { SHARDS = 16, SETS = 8, WAYS = 8 };

// The error's object is held unowned; where that is, its key says (error_object).
struct entry {
  uint64_t recorded;  // id of the failure it was recorded as, or 0
  uint32_t sinks;     // where it was recorded
  uint64_t last_site;
  uint32_t span_state;
  uint32_t throws;    // 0: never seen thrown, only recorded
  bool shared;        // others held the error when it was thrown or recorded: a `static let`, a stored `Result`
  bool doubtful;      // which of several throws led to the catch cannot be told for certain
  spoor_span_ref span;
  spoor_stack stack;
};

// What is compared when an error is looked for by who threw which type.
struct tag {
  uint64_t owner;
  const void *type;
};

// Of a set the keys are one cache line, and the numbers another: all that is read of the seven entries that stay.
struct shard {
  uint64_t keys[SETS][WAYS];       // 0: free
  uint64_t sequences[SETS][WAYS];  // rise with every throw in the process
  struct tag tags[SETS][WAYS];
  struct entry entries[SETS][WAYS];
  uint32_t lock;
} __attribute__((aligned(64)));

static struct shard shards[SHARDS];
static uint64_t sequence __attribute__((aligned(64)));
static uint64_t busy __attribute__((aligned(64)));

struct place {
  struct shard *shard;
  unsigned set;
  int way;  // -1: not there
};

static struct place place_of(uint64_t key) {
  uint64_t hash = (key >> 4) * 0x9E3779B97F4A7C15ull;
  return (struct place){&shards[hash >> 60], (unsigned)(hash >> 57) & 7, -1};
}

static int way_of(const struct place *place, uint64_t key) {
  for (int way = 0; way < WAYS; way++) {
    if (spoor_load64_relaxed(&place->shard->keys[place->set][way]) == key) return way;
  }
  return -1;
}

// A free way of the set, else the one noted longest ago. The caller holds the lock.
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

// The hook never waits long.
static inline bool lock_briefly(struct shard *shard) {
  if (spoor_try_lock(&shard->lock) || spoor_spin(&shard->lock, 250)) return true;
  spoor_add64_relaxed(&busy, 1);
  return false;
}

static inline void lock(struct shard *shard) { spoor_spin_lock(&shard->lock); }
static inline void unlock(struct shard *shard) { spoor_spin_unlock(&shard->lock); }

// A new entry for the error. Its key is stored last and cleared first, so that a child of `fork` sees a whole one or
// none. Returns the object whose unowned reference goes with the entry that had to go; to be let go of after the lock.
static inline void *replace(struct place *place, const struct error_identity *error, struct entry **entry) {
  place->way = victim_of(place);
  struct shard *shard = place->shard;
  struct entry *new = &shard->entries[place->set][place->way];
  void *former = error_object(shard->keys[place->set][place->way]), *object = error_object(error->key);
  if (former) __builtin_prefetch(former, 1);  // It is long out of the cache, and its count is wanted soon.
  spoor_store64_release(&shard->keys[place->set][place->way], 0);
  if (object) swift_unownedRetain(object);
  new->stack.count = new->stack.async_start = 0;
  new->recorded = new->last_site = 0;
  new->sinks = 0;
  new->span_state = SPOOR_SPAN_NONE;
  new->throws = 0;
  new->shared = new->doubtful = false;
  shard->tags[place->set][place->way] = (struct tag){error->owner, error->type};
  *entry = new;
  return former;
}

static void publish(struct place *place, const struct error_identity *error, uint64_t number) {
  place->shard->sequences[place->set][place->way] = number;
  spoor_store64_release(&place->shard->keys[place->set][place->way], error->key);
}

// The span of a context's word; `out` means something for EXACT only.
static inline uint32_t span_of(uint64_t context, spoor_span_ref *out) {
  if (context == 0) return SPOOR_SPAN_NONE;
  return spoor_context_find(context, out) ? SPOOR_SPAN_EXACT : SPOOR_SPAN_UNKNOWN;
}

static SPOOR_READS_STACKS void walk(uint64_t fp, spoor_stack *out) {
  spoor_stack_walk_direct(fp, fp, spoor_stack_end(), out);
}

// Of stacks that are cut off at their outer end: whether the second's callers lie in the first, one beside the other.
static bool overlaps(const spoor_stack *first, const spoor_stack *second, uint32_t start) {
  if (start >= second->count) return false;
  for (uint32_t at = 1; at < first->count; at++) {
    uint32_t i = 0;
    while (at + i < first->count && start + i < second->count && first->frames[at + i] == second->frames[start + i]) i++;
    if (at + i == first->count || (i > 0 && start + i == second->count)) return i > 0;
  }
  return false;
}

// Whether the second throw passes the first one on. It does if it happens in a function that the first came through: then
// the callers of its place are the outermost frames of the first. `helpers`: or so many calls away from such a function.
static bool passes_on(const spoor_stack *first, const spoor_stack *second, uint32_t helpers) {
  if (first->count == SPOOR_STACK_FRAMES || second->count == SPOOR_STACK_FRAMES) {
    return overlaps(first, second, 1 + helpers);
  }
  if (second->count >= first->count + helpers) return false;
  uint32_t start = 1 + helpers;
  for (uint32_t i = start; i < second->count; i++) {
    if (second->frames[i] != first->frames[first->count + i - second->count]) return false;
  }
  return true;
}

static bool is_another_trace(const struct entry *entry, uint32_t span_state, const spoor_span_ref *span) {
  return entry->span_state == SPOOR_SPAN_EXACT && span_state == SPOOR_SPAN_EXACT &&
         (entry->span.trace_high != span->trace_high || entry->span.trace_low != span->trace_low);
}

// An error thrown before. `catch { throw error }` keeps the first stack: it says where the error came from. But an error
// that others hold may be thrown anew (a `static let` is one box, thrown in many places): then the newest stack counts.
// An error never passes from one trace to another.
static void throw_again(struct place *place, struct entry *entry, const struct error_identity *error, uint64_t fp,
                        uint32_t span_state, const spoor_span_ref *span) {
  struct tag *tag = &place->shard->tags[place->set][place->way];
  bool is_typed_value = error->key & 1, is_same_owner = tag->owner == error->owner;
  spoor_stack stack;
  walk(fp, &stack);
  bool anew = entry->throws == 0 || is_typed_value;
  if (!anew && (is_another_trace(entry, span_state, span) ||
                (entry->shared && (!is_same_owner || !passes_on(&entry->stack, &stack, 0))))) {
    anew = entry->doubtful = true;
  } else if (!anew && is_same_owner && !passes_on(&entry->stack, &stack, 1)) {
    entry->doubtful = true;
  }
  if (anew) {
    entry->stack = stack;
    tag->owner = error->owner;
    place->shard->sequences[place->set][place->way] = spoor_add64_relaxed(&sequence, 1) + 1;
    entry->span_state = span_state;
    entry->span = *span;
    entry->recorded = 0;
    entry->sinks = 0;
  }
  if (is_typed_value) entry->throws = 0;  // another value of the type: not the same error
  entry->throws++;
}

static inline void note(const struct error_identity *error, uint64_t fp, uint64_t context) {
  struct place place = place_of(error->key);
  if (!lock_briefly(place.shard)) return;
  void *former = 0;
  struct entry *entry;
  place.way = way_of(&place, error->key);
  if (place.way >= 0) {
    spoor_span_ref span = {0};
    uint32_t state = span_of(context, &span);
    entry = &place.shard->entries[place.set][place.way];
    throw_again(&place, entry, error, fp, state, &span);
  } else {
    uint64_t number = spoor_add64_relaxed(&sequence, 1) + 1;
    former = replace(&place, error, &entry);
    walk(fp, &entry->stack);
    entry->span_state = span_of(context, &entry->span);
    entry->throws = 1;
    void *object = error_object(error->key);
    entry->shared = object && swift_retainCount(object) > 1;
    publish(&place, error, number);
  }
  entry->last_site = spoor_stack_address(*(const uint64_t *)(uintptr_t)(fp + 8));
  unlock(place.shard);
  if (former) swift_unownedRelease(former);
}

SPOOR_LINE void throw_table_note_box(const void *error, uint64_t fp, uint64_t context) {
  struct error_identity identity = error_identity_of_box(error);
  note(&identity, fp, context);
}

void throw_table_note_value(const void *value, const void *type, uint64_t fp, uint64_t context) {
  struct error_identity identity = error_identity_of_value(value, type);
  note(&identity, fp, context);
}

// Whether a throw may be that of an error with another identity: a typed one, or one whose own box nobody recorded.
static bool is_open_to_guesses(const struct shard *shard, unsigned set, unsigned way) {
  uint64_t key = shard->keys[set][way];
  return (key & 1) || (key != 0 && shard->entries[set][way].recorded == 0);
}

// The newest throw of this type by this task or thread. Returns with the shard locked, or false.
static bool locate_by_type(const struct error_identity *error, struct place *found) {
  for (int attempt = 0; attempt < 4; attempt++) {
    uint64_t newest = 0;
    for (unsigned s = 0; s < SHARDS; s++) {
      lock(&shards[s]);
      for (unsigned i = 0; i < SETS * WAYS; i++) {
        const struct tag *tag = &shards[s].tags[i / WAYS][i % WAYS];
        uint64_t number = shards[s].sequences[i / WAYS][i % WAYS];
        bool matches = tag->owner == error->owner && tag->type == error->type && number > newest;
        if (!matches || !is_open_to_guesses(&shards[s], i / WAYS, i % WAYS)) continue;
        newest = number;
        *found = (struct place){&shards[s], i / WAYS, (int)(i % WAYS)};
      }
      unlock(&shards[s]);
    }
    if (newest == 0) return false;
    lock(found->shard);
    if (found->shard->sequences[found->set][found->way] == newest) return true;
    unlock(found->shard);  // replaced since: look again
  }
  return false;
}

// Returns the entry with its shard locked, or null.
static struct entry *locate(const struct error_identity *error, struct place *place, uint32_t *source) {
  *place = place_of(error->key);
  lock(place->shard);
  place->way = way_of(place, error->key);
  if (place->way >= 0) {
    *source = SPOOR_THROW_EXACT;
    return &place->shard->entries[place->set][place->way];
  }
  unlock(place->shard);
  if (!locate_by_type(error, place)) return 0;
  *source = SPOOR_THROW_INFERRED;
  return &place->shard->entries[place->set][place->way];
}

bool spoor_throws_find(const void *error, spoor_throw *out) {
  struct error_identity identity = error_identity_of_box(error);
  struct place place;
  uint32_t source;
  struct entry *entry = locate(&identity, &place, &source);
  if (!entry) return false;
  bool thrown = entry->throws > 0;
  // In optimized code a holder's reference may not be counted yet at the throw; at the catch it is.
  void *object = error_object(place.shard->keys[place.set][place.way]);
  if (object && swift_retainCount(object) > 1) entry->shared = true;
  if (thrown) {
    if (entry->doubtful) source = SPOOR_THROW_INFERRED;
    *out = (spoor_throw){.stack = entry->stack, .span = entry->span, .span_state = entry->span_state,
                         .source = source, .throws = entry->throws, .last_site = entry->last_site};
  }
  unlock(place.shard);
  return thrown;
}

uint64_t spoor_throws_next_id(void) {
  static uint64_t last;
  return spoor_add64_relaxed(&last, 1) + 1;
}

uint64_t spoor_throws_mark(const void *error, uint64_t id, uint32_t sinks, uint32_t *before) {
  struct error_identity identity = error_identity_of_box(error);
  struct place place;
  uint32_t source;
  void *former = 0;
  struct entry *entry = locate(&identity, &place, &source);
  if (entry && source == SPOOR_THROW_INFERRED && !(place.shard->keys[place.set][place.way] & 1)) {
    unlock(place.shard);  // a throw of the same type, but perhaps of another value
    entry = 0;
  }
  if (!entry) {
    place = place_of(identity.key);
    lock(place.shard);
    place.way = way_of(&place, identity.key);
    if (place.way >= 0) {
      entry = &place.shard->entries[place.set][place.way];
    } else {
      former = replace(&place, &identity, &entry);
      publish(&place, &identity, spoor_add64_relaxed(&sequence, 1) + 1);
    }
  }
  uint64_t first = entry->recorded;
  if (first == 0) entry->recorded = id;
  *before = entry->sinks;
  entry->sinks |= sinks;
  unlock(place.shard);
  if (former) swift_unownedRelease(former);
  return first;
}

spoor_throw_counts spoor_throws_count(void) {
  return (spoor_throw_counts){spoor_load64_relaxed(&sequence), spoor_load64_relaxed(&busy)};
}

// A thread that `fork` left behind may have held a lock; entries are whole or free at any moment.
static void unlock_all(void) {
  for (unsigned s = 0; s < SHARDS; s++) spoor_spin_unlock(&shards[s].lock);
}

void throw_table_prepare(void) {
  static uint32_t done;
  if (spoor_cas32(&done, 0, 1)) pthread_atfork(0, 0, unlock_all);
}
