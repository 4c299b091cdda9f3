// SPDX-License-Identifier: Apache-2.0

// The table of recent throws. Private to this target; spoor_throws.h documents what it keeps and for how long.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "error_identity.h"
#include "kept_stack.h"
#include "spoor_throws.h"

// 16 shards, each with its lock, of 8 sets of 8 entries: an error is looked up in the eight ways of one set, whose keys
// are one cache line. In a full set the oldest entry is replaced.
enum { SHARDS = 16, SETS = 8, WAYS = 8 };

// The error's object is held unowned; its key shows whether there is one (error_object). A first throw writes only the
// members before `rethrow`: three cache lines for a stack of ten frames.
struct entry {
  uint64_t recorded;  // id of the failure it was recorded as, or 0
  uint32_t sinks;     // where it was recorded
  uint32_t throws;    // 0: never seen thrown, only recorded
  uint32_t span_state;
  bool is_stored;     // the program kept the error when it was thrown: a `static let`, a stored `Result`
  bool is_sole;       // only its catch held it: all its throws are the same failure
  bool is_doubtful;   // it is not certain which of several throws led to the catch
  bool is_guess;      // its stack is another entry's, or the throw may not have been the first
  bool is_copy;       // copied from another entry by a record; not seen thrown itself
  bool is_settled;    // its origin was looked up (throw_lookup.c)
  bool was_rethrown;  // `rethrow` is defined
  bool was_seen;      // `seen` is defined
  spoor_span_ref span;
  struct kept_stack stack;
  spoor_rethrow rethrow;  // the newest throw after the one of `stack`
  // Where and by which owner the error was last rethrown or recorded after its first throw.
  uint64_t seen_owner;
  struct kept_stack seen;
};

// The key of a search by thrower and type.
struct tag {
  uint64_t owner;
  const void *type;
  uint32_t variant;
};

// The keys of a set are one cache line and the numbers another. Nothing else is read of the seven entries that are not
// replaced.
struct shard {
  uint64_t keys[SETS][WAYS];       // 0: free
  uint64_t sequences[SETS][WAYS];  // rise with every throw in the process
  struct tag tags[SETS][WAYS];
  struct entry entries[SETS][WAYS];
  uint32_t lock;
} __attribute__((aligned(64)));

extern struct shard throw_shards[SHARDS];

struct place {
  struct shard *shard;
  unsigned set;
  int way;  // -1: not in the table
};

static inline struct entry *place_entry(const struct place *place) {
  return &place->shard->entries[place->set][place->way];
}

// Notes a throw whose frame record is at `fp` (the first address to keep is its return address), in the context with
// this word (0: no context). `error` is an `any Error`'s word. `misses_some`: the error may have been thrown before,
// unseen.
void throw_table_note_box(const void *error, uint64_t fp, uint64_t context, bool misses_some);

// Notes a typed throw, like throw_table_note_box.
void throw_table_note_value(const void *value, const void *type, uint64_t fp, uint64_t context, bool misses_some);

// Must be called once, before the first note. It makes sure that no shard stays locked after a `fork`.
void throw_table_prepare(void);

// Locates the entry with this key and locks its shard. The way is -1 if the key is not in the table.
struct place throw_table_locate(uint64_t key);

// Replaces the oldest entry by a new one; the shard is locked, and `place` gets its way. The caller releases the
// unowned reference of the returned object after unlocking. Until it is published, no look-up finds the entry.
void *throw_table_replace(struct place *place, const struct error_identity *error, struct entry **entry);
void throw_table_publish(struct place *place, const struct error_identity *error, uint64_t number);

// The next number of a throw.
uint64_t throw_table_next(void);

// Whether the second throw rethrows the first. It does if it happens in a function that the first came through: then
// the callers of its place are the outermost frames of the first. `helpers`: the number of calls that may lie in
// between.
bool throw_passes_on(const spoor_stack *first, const spoor_stack *second, uint32_t helpers);

// Whether the second throw certainly rethrows the first: false for stacks whose outer frames are not known.
bool throw_passes_on_whole(const spoor_stack *first, const spoor_stack *second);

// Stores where the error was seen.
void throw_table_see(struct entry *entry, uint64_t owner, const spoor_stack *stack);

void spoor_rethrow_set(spoor_rethrow *rethrow, const spoor_stack *stack);
