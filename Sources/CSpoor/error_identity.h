// What makes two errors the same one. Private to the table of throws, and inlined into it: it runs at each throw.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "spoor_task.h"
#include "swift_runtime.h"

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

// The first word of a type's metadata: for classes 0 or a pointer, else a small number (MetadataKind).
static inline bool error_is_class(const void *type) {
  uint64_t kind = *(const uint64_t *)type;
  return kind == 0 || kind > 0x7FF;
}

// Of an `any Error`'s word.
static inline struct error_identity error_identity_of_box(const void *error) {
  struct swift_error_value value;
  void *scratch = NULL;
  swift_getErrorValue(error, &scratch, &value);
  // A class error is put into a new box whenever it is converted to `any Error`; the object stays.
  const void *object = error_is_class(value.type) ? *(void **)value.value : error;
  uint64_t key = (uint64_t)(uintptr_t)object;
  return (struct error_identity){.key = key, .owner = spoor_current_owner(), .type = value.type};
}

// Of a typed throw: a class error has its object, another one only its type and who throws.
static inline struct error_identity error_identity_of_value(const void *value, const void *type) {
  uint64_t owner = spoor_current_owner();
  uint64_t key = error_is_class(type) ? (uint64_t)(uintptr_t) * (void *const *)value
                                      : ((owner * 0x9E3779B97F4A7C15ull) ^ (uint64_t)(uintptr_t)type) | 1;
  return (struct error_identity){.key = key, .owner = owner, .type = type};
}
