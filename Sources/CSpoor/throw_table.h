// The table of recent throws. Private to this target; what it keeps and how long says spoor_throws.h.
#pragma once
#include "spoor_throws.h"

// An error as the table knows it.
struct error_identity {
  uint64_t key;       // address of the box, or of the object of a class error; odd for a typed error, which has no box
  void *object;       // what is held unowned: the same address, or null
  uint64_t owner;     // spoor_current_owner()
  const void *type;   // its dynamic type
};

// Of an `any Error`'s word.
struct error_identity error_identity_of_box(const void *error);

// Of a typed throw: a class error has its object, another one only its type and who throws.
struct error_identity error_identity_of_value(const void *value, const void *type);

// Notes a throw whose frame record is at `fp` (the first address to keep is its return address), in the context of this
// word (0: in none).
void throw_table_note(const struct error_identity *error, uint64_t fp, uint64_t context);

// To be called once, before the first note: the table survives `fork` with no shard left locked.
void throw_table_prepare(void);
