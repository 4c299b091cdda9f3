// SPDX-License-Identifier: Apache-2.0

// The identity of an error. Private to the table of throws and inlined into it, because it runs at each throw.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error_layout.h"
#include "spoor_task.h"
#include "swift_runtime.h"

// An error's identity in the table.
struct error_identity {
  uint64_t key;      // address of the box, or of the object of a class error; odd for a typed error, which has no box
  uint64_t owner;    // spoor_current_owner()
  const void *type;  // its dynamic type
  uint32_t variant;  // tells values of one type apart, as far as it can (error_variant)
  bool was_boxed;    // came inside a second box, because generic code passed it on
};

// The object with this key, to be held unowned; null if there is none.
static inline void *error_object(uint64_t key) {
#if defined(__APPLE__)  // Untested: an object may be Objective-C's, which cannot be held unowned.
  return 0;
#else
  return key & 1 ? 0 : (void *)(uintptr_t)key;
#endif
}

// The identity of an error, from the word of an `any Error`.
static inline struct error_identity error_identity_of_box(const void *error) {
  struct swift_error_value value;
  const void *innermost = error_unwrapped(error, &value);
  // A class error is put into a new box whenever it is converted to `any Error`; the object stays.
  bool is_class = error_is_class(value.type);
  const void *object = is_class ? *(void **)value.value : innermost;
  return (struct error_identity){.key = (uint64_t)(uintptr_t)object,
                                 .owner = spoor_current_owner(),
                                 .type = value.type,
                                 .variant = is_class ? 0 : error_variant(value.value, value.type),
                                 .was_boxed = innermost != error};
}

// The identity of an error from a typed throw. A class error has its object; any other error has only its type and its
// thrower. If the typed error is itself an `any Error`, as generic code throws it, it has its box.
static inline struct error_identity error_identity_of_value(const void *value, const void *type) {
  if (error_is_any_error(type)) {
    struct error_identity identity = error_identity_of_box(*(const void *const *)value);
    identity.was_boxed = true;
    return identity;
  }
  uint64_t owner = spoor_current_owner();
  if (error_is_class(type)) {
    return (struct error_identity){.key = (uint64_t)(uintptr_t) * (void *const *)value, .owner = owner, .type = type};
  }
  return (struct error_identity){.key = ((owner * 0x9E3779B97F4A7C15ull) ^ (uint64_t)(uintptr_t)type) | 1,
                                 .owner = owner,
                                 .type = type,
                                 .variant = error_variant(value, type)};
}
