// SPDX-License-Identifier: Apache-2.0

// Fast checks of keys and short texts, made for every field: most of them show that nothing is to be redacted.
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t spoor_key_mix(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// A hash of a key's bytes. Without the seed nobody can construct two keys with the same hash.
static inline uint64_t spoor_key_hash(const void *key, long count, uint64_t seed) {
  const unsigned char *x = (const unsigned char *)key;
  uint64_t a, b;
  uint64_t state = seed ^ 0xa0761d6478bd642fULL;
  long left = count;
  while (left > 16) {
    __builtin_memcpy(&a, x, 8), __builtin_memcpy(&b, x + 8, 8);
    state = spoor_key_mix(a ^ 0xe7037ed1a0b428dbULL, b ^ state);
    x += 16, left -= 16;
  }
  if (left >= 8) {
    __builtin_memcpy(&a, x, 8), __builtin_memcpy(&b, x + left - 8, 8);
  } else if (left >= 4) {
    uint32_t first, last;
    __builtin_memcpy(&first, x, 4), __builtin_memcpy(&last, x + left - 4, 4);
    a = first, b = last;
  } else if (left > 0) {
    a = (uint64_t)x[0] << 16 | (uint64_t)x[left >> 1] << 8 | x[left - 1], b = 0;
  } else {
    a = b = 0;
  }
  return spoor_key_mix(0x8ebc6af09c88c6e3ULL ^ (uint64_t)count, spoor_key_mix(a ^ seed, b ^ state));
}

// Whether a byte of the word is zero.
static inline bool spoor_has_zero(uint64_t word) {
  return ((word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL) != 0;
}

// Whether one of the eight bytes is `=`, `:` or `%`.
static inline bool spoor_has_mark(uint64_t word) {
  const uint64_t each = 0x0101010101010101ULL;
  return spoor_has_zero(word ^ '=' * each) || spoor_has_zero(word ^ ':' * each) || spoor_has_zero(word ^ '%' * each);
}

// Whether a text contains `=`, `:` or `%`. A text without them holds neither a URL nor a parameter.
static inline bool spoor_may_hold_parameters(const void *text, long count) {
  const unsigned char *x = (const unsigned char *)text;
  uint64_t word;
  for (; count >= 8; x += 8, count -= 8) {
    __builtin_memcpy(&word, x, 8);
    if (spoor_has_mark(word)) return true;
  }
  // The rest is read in pieces that do not overlap earlier loads, because a short Swift string has often just been
  // stored as two words.
  uint32_t four = 0;
  uint16_t two = 0;
  uint8_t one = 0;
  if (count & 4) __builtin_memcpy(&four, x, 4), x += 4;
  if (count & 2) __builtin_memcpy(&two, x, 2), x += 2;
  if (count & 1) one = *x;
  return spoor_has_mark(four | (uint64_t)two << 32 | (uint64_t)one << 48);
}
