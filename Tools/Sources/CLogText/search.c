// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "CLogText.h"
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

long spoor_find(const void *bytes, size_t count, const void *needle, size_t needle_count) {
  const char *found = memmem(bytes, count, needle, needle_count);
  return found ? found - (const char *)bytes : -1;
}

static inline uint8_t lower(uint8_t byte) { return byte - 'A' < 26u ? byte | 0x20 : byte; }

long spoor_find_ignoring_case(const uint8_t *bytes, size_t count, const uint8_t *needle, size_t needle_count) {
  if (needle_count == 0) return 0;
  for (size_t start = 0; start + needle_count <= count; start++) {
    size_t index = 0;
    while (index < needle_count && lower(bytes[start + index]) == needle[index]) index++;
    if (index == needle_count) return (long)start;
  }
  return -1;
}

long spoor_find_last(const void *bytes, size_t count, unsigned char byte) {
  const char *found = memrchr(bytes, byte, count);
  return found ? found - (const char *)bytes : -1;
}

long spoor_count_lines(const uint8_t *bytes, size_t count, uint64_t *lines, uint64_t *others) {
  long first = -1;
  uint64_t ends = 0, objects = 0;
  unsigned begins = 1;  // whether the next byte begins a line
  size_t offset = 0;
#if defined(__SSE2__)
  const __m128i end = _mm_set1_epi8('\n'), brace = _mm_set1_epi8('{');
  for (; offset + 16 <= count; offset += 16) {
    __m128i block = _mm_loadu_si128((const __m128i *)(bytes + offset));
    unsigned end_mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, end));
    unsigned starts = (end_mask << 1 | begins) & 0xFFFF;
    begins = end_mask >> 15 & 1;
    if (starts == 0) continue;
    unsigned object_starts = starts & (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, brace));
    ends += (unsigned)__builtin_popcount(starts);
    objects += (unsigned)__builtin_popcount(object_starts);
    if (first < 0 && object_starts != starts) first = (long)offset + __builtin_ctz(starts & ~object_starts);
  }
#endif
  for (; offset < count; offset++) {
    if (begins) {
      ends++;
      if (bytes[offset] == '{') objects++;
      else if (first < 0) first = (long)offset;
    }
    begins = bytes[offset] == '\n';
  }
  *lines += ends;
  *others += ends - objects;
  return first;
}
