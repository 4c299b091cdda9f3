// The table of recent throws. Private to this target; what it keeps and how long says spoor_throws.h.
#pragma once
#include "spoor_throws.h"

// An error as the table knows it.
struct error_identity {
  uint64_t key;      // address of the box, or of the object of a class error; odd for a typed error, which has no box
  uint64_t owner;    // spoor_current_owner()
  const void *type;  // its dynamic type
};

// The object with this key, to be held unowned; null where there is none.
static inline void *error_object(uint64_t key) {
#if defined(__APPLE__)  // Untested: an object may be Objective-C's, which cannot be held unowned.
  return 0;
#else
  return key & 1 ? 0 : (void *)(uintptr_t)key;
#endif
}

// Of an `any Error`'s word.
struct error_identity error_identity_of_box(const void *error);

// Of a typed throw: a class error has its object, another one only its type and who throws.
struct error_identity error_identity_of_value(const void *value, const void *type);

// Says that an error with this key is about to be noted, so that the memory it needs is near by then.
void throw_table_expect(uint64_t key);

// Notes a throw whose frame record is at `fp` (the first address to keep is its return address), in the context of this
// word (0: in none).
void throw_table_note(const struct error_identity *error, uint64_t fp, uint64_t context);

// To be called once, before the first note: the table survives `fork` with no shard left locked.
void throw_table_prepare(void);
