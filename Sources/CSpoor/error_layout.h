// SPDX-License-Identifier: Apache-2.0

// Assumptions about the memory of errors and their types. Private to this target.
//
// Swift's ABI on Linux (docs/ABI/TypeMetadata.rst of the compiler, stable on Apple's platforms): the metadata's kind,
// the flags of an existential type, and the value witness table. Spoor checks it at the start with errors of its own
// (spoor_error_trust_layout). Unless the check succeeds, errors are never unwrapped and all values of a type look
// alike.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "spoor_atomics.h"
#include "swift_runtime.h"

extern uint32_t error_layout_is_trusted;

enum {
  METADATA_STRUCT = 0x200,
  METADATA_ENUM = 0x201,
  METADATA_EXISTENTIAL = 0x303,
  // The maximum depth of nested boxes.
  ERROR_NESTING = 8,
};

// The first word of a type's metadata: for classes 0 or a pointer, else a small number (MetadataKind).
static inline bool error_is_class(const void *type) {
  uint64_t kind = *(const uint64_t *)type;
  return kind == 0 || kind > 0x7FF;
}

// Whether a type is `any Error` itself: an existential type whose special protocol is Error. Its values are one word.
static inline bool error_is_any_error(const void *type) {
  if (*(const uint64_t *)type != METADATA_EXISTENTIAL || !spoor_load32_relaxed(&error_layout_is_trusted)) return false;
  uint32_t flags = ((const uint32_t *)type)[2];
  return ((flags >> 24) & 0x3F) == 1;
}

// Generic code whose error type is `any Error` (a continuation, an AsyncThrowingStream) puts the error's box into a
// second one. Returns the innermost box and its value.
static inline const void *error_unwrapped(const void *error, struct swift_error_value *value) {
  void *scratch = NULL;
  swift_getErrorValue(error, &scratch, value);
  for (int depth = 0; depth < ERROR_NESTING && error_is_any_error(value->type); depth++) {
    error = *(const void *const *)value->value;
    swift_getErrorValue(error, &scratch, value);
  }
  return error;
}

// The case of an enum, or the first byte of a structure. It is the same in every copy of a value; padding and the
// unused bytes of a case are not. Two values with different variants are different errors.
static inline uint32_t error_variant(const void *value, const void *type) {
  uint64_t kind = *(const uint64_t *)type;
  if ((kind | 1) != METADATA_ENUM || !spoor_load32_relaxed(&error_layout_is_trusted)) return 0;
  // The value witness table: eight functions, size, stride, flags, and for enums the function that reads the case.
  const uintptr_t *witnesses = ((const uintptr_t *const *)type)[-1];
  if (witnesses[8] == 0) return 0;
  if (kind == METADATA_STRUCT) return *(const uint8_t *)value;
  const uint32_t has_enum_witnesses = 0x00200000;
  if (!((uint32_t)witnesses[10] & has_enum_witnesses)) return 0;
  return ((uint32_t(*)(const void *, const void *))witnesses[11])(value, type);
}
