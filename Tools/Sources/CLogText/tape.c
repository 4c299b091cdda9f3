// SPDX-License-Identifier: Apache-2.0

#include "CLogText.h"
#include <string.h>

// Words of a tape: the high byte is the kind (see JSONTape).
static inline unsigned kind(uint64_t word) { return (unsigned)(word >> 56); }

// The index after the value at an index.
static inline size_t after(const uint64_t *tape, size_t index) {
  switch (kind(tape[index])) {
  case '{': case '[': return (uint32_t)tape[index];
  case 'l': case 'u': case 'd': return index + 2;
  default: return index + 1;
  }
}

static inline const uint8_t *text(const uint64_t *tape, const uint8_t *strings, size_t index, uint32_t *count) {
  const uint8_t *start = strings + (tape[index] & 0x00FFFFFFFFFFFFFF);
  memcpy(count, start, 4);
  return start + 4;
}

// A number below 256 that differs for most keys of a record.
#define MIXED(count, first, middle, last) (((count) * 0x3D + (first) * 0x1F + (middle) + (last) * 0x95) & 0xFF)
// The case of a key with a bit of its own, by its length and its first, middle and last character.
#define CASE(name, first, middle, last, bit) \
  case MIXED(sizeof(name) - 1, first, middle, last): \
    if (count == sizeof(name) - 1 && memcmp(key, name, sizeof(name) - 1) == 0) return 1ull << (bit); \
    break

static inline uint64_t keys_of(const uint8_t *key, size_t count) {
  if (count == 0) return 1;
  uint32_t mixed = MIXED((uint32_t)count, key[0], key[count / 2], key[count - 1]);
  switch (mixed) {
    CASE("log", 'l', 'o', 'g', SPOOR_KEYS_CARRIER);
    CASE("stream", 's', 'e', 'm', SPOOR_KEYS_CARRIER);
    CASE("MESSAGE", 'M', 'S', 'E', SPOOR_KEYS_CARRIER);
    CASE("resourceLogs", 'r', 'c', 's', SPOOR_KEYS_CARRIER);
    CASE("record", 'r', 'o', 'd', SPOOR_KEYS_NESTED);
    CASE("fields", 'f', 'l', 's', SPOOR_KEYS_NESTED);
    CASE("attributes", 'a', 'b', 's', SPOOR_KEYS_NESTED);
    CASE("jsonPayload", 'j', 'a', 'd', SPOOR_KEYS_NESTED);
  default: break;
  }
  // The other 62 bits.
  return 1ull << (mixed * SPOOR_KEYS_NESTED >> 8);
}

uint64_t spoor_keys_of(const uint8_t *key, size_t count) { return keys_of(key, count); }

uint64_t spoor_json_keys(const uint64_t *tape, const uint8_t *strings, size_t object) {
  uint64_t keys = 0;
  if (kind(tape[object]) != '{') return 0;
  for (size_t index = object + 1; kind(tape[index]) != '}'; index = after(tape, index + 1)) {
    uint32_t count;
    const uint8_t *key = text(tape, strings, index, &count);
    keys |= keys_of(key, count);
  }
  return keys;
}

size_t spoor_json_member(const uint64_t *tape, const uint8_t *strings, size_t object, const uint8_t *key, size_t count) {
  size_t found = 0;
  if (kind(tape[object]) != '{') return 0;
  for (size_t index = object + 1; kind(tape[index]) != '}'; index = after(tape, index + 1)) {
    uint32_t own;
    const uint8_t *name = text(tape, strings, index, &own);
    if (own == count && memcmp(name, key, count) == 0) found = index + 1;
  }
  return found;
}
