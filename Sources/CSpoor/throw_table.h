// The table of recent throws. Private to this target; what it keeps and how long says spoor_throws.h.
#pragma once
#include "spoor_throws.h"

// Notes a throw whose frame record is at `fp` (the first address to keep is its return address), in the context of this
// word (0: in none). `error` is an `any Error`'s word.
void throw_table_note_box(const void *error, uint64_t fp, uint64_t context);

// The same of a typed throw.
void throw_table_note_value(const void *value, const void *type, uint64_t fp, uint64_t context);

// To be called once, before the first note: the table survives `fork` with no shard left locked.
void throw_table_prepare(void);
