// What makes two errors the same one.
#include <stddef.h>
#include "spoor_task.h"
#include "swift_runtime.h"
#include "throw_table.h"

// The first word of a type's metadata: for classes 0 or a pointer, else a small number (MetadataKind).
static bool is_class(const void *type) {
  uint64_t kind = *(const uint64_t *)type;
  return kind == 0 || kind > 0x7FF;
}

struct error_identity error_identity_of_box(const void *error) {
  struct swift_error_value value;
  void *scratch = NULL;
  swift_getErrorValue(error, &scratch, &value);
  // A class error is put into a new box whenever it is converted to `any Error`; the object stays.
  const void *object = is_class(value.type) ? *(void **)value.value : error;
  uint64_t key = (uint64_t)(uintptr_t)object;
  throw_table_expect(key);
  return (struct error_identity){.key = key, .owner = spoor_current_owner(), .type = value.type};
}

struct error_identity error_identity_of_value(const void *value, const void *type) {
  uint64_t owner = spoor_current_owner();
  uint64_t key = is_class(type) ? (uint64_t)(uintptr_t) * (void *const *)value
                                : ((owner * 0x9E3779B97F4A7C15ull) ^ (uint64_t)(uintptr_t)type) | 1;
  return (struct error_identity){.key = key, .owner = owner, .type = type};
}
