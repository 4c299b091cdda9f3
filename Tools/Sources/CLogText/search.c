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

bool spoor_has_control(const uint8_t *bytes, size_t count) {
  size_t offset = 0;
#if defined(__SSE2__)
  // A biased comparison, because SSE2 only has a signed one: 0...31 become the smallest numbers.
  const __m128i bias = _mm_set1_epi8((char)0x80), limit = _mm_set1_epi8((char)(0x20 ^ 0x80));
  const __m128i tab = _mm_set1_epi8('\t'), carriage = _mm_set1_epi8('\r'), del = _mm_set1_epi8(0x7F);
  for (; offset + 16 <= count; offset += 16) {
    __m128i block = _mm_loadu_si128((const __m128i *)(bytes + offset));
    __m128i low = _mm_cmplt_epi8(_mm_xor_si128(block, bias), limit);
    __m128i allowed = _mm_or_si128(_mm_cmpeq_epi8(block, tab), _mm_cmpeq_epi8(block, carriage));
    __m128i found = _mm_or_si128(_mm_andnot_si128(allowed, low), _mm_cmpeq_epi8(block, del));
    if (_mm_movemask_epi8(found)) return true;
  }
#endif
  for (; offset < count; offset++) {
    uint8_t byte = bytes[offset];
    if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7F) return true;
  }
  return false;
}

static inline bool is_space(uint8_t byte) {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == 0 || byte == 0x1E;
}

// Whether a line without its end is `{`, `[` or `[{`, the beginning of a value over several lines.
static bool begins_value(const uint8_t *line, size_t count) {
  while (count > 0 && is_space(line[count - 1])) count--;
  while (count > 0 && is_space(*line)) line++, count--;
  return (count == 1 && (*line == '{' || *line == '[')) || (count == 2 && line[0] == '[' && line[1] == '{');
}

// Whether a line is a part of a record as Kubernetes splits them: `2025-11-28T09:20:00.124Z stdout P …`.
static bool is_part(const uint8_t *line, size_t count) {
  if (count < 29 || line[4] != '-' || line[10] != 'T') return false;
  const uint8_t *space = memchr(line, ' ', count < 48 ? count : 48);
  if (!space || (size_t)(space - line) + 9 > count) return false;
  return memcmp(space + 1, "std", 3) == 0 && space[8] == 'P';
}

static inline void look_at(const uint8_t *line, size_t count, spoor_lines *lines) {
  lines->count++;
  if (count == 0) return;
  if (*line == '{') {
    if (count < 8) {
      if (begins_value(line, count)) lines->joins = true;
    } else if (memcmp(line, "{\"log\":", 7) == 0 || memcmp(line, "{\"resour", 8) == 0) {
      lines->joins = true;
    } else if (line[1] <= ' ' && begins_value(line, count)) {
      lines->joins = true;
    }
    return;
  }
  if ((*line == '[' || is_space(*line)) && begins_value(line, count)) lines->joins = true;
  else if (is_part(line, count)) lines->joins = true;
  while (count > 0 && is_space(line[count - 1])) count--;
  if (count == 0 || line[count - 1] == '}') return;
  if (lines->unlikely++ == 0) lines->first_unlikely = lines->count;
}

spoor_lines spoor_look_at_lines(const uint8_t *bytes, size_t count) {
  spoor_lines lines = {0};
  size_t start = 0, offset = 0;
#if defined(__SSE2__)
  const __m128i end = _mm_set1_epi8('\n');
  for (; offset + 16 <= count; offset += 16) {
    unsigned ends = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(bytes + offset)), end));
    for (; ends != 0; ends &= ends - 1) {
      size_t at = offset + (unsigned)__builtin_ctz(ends);
      look_at(bytes + start, at - start, &lines);
      start = at + 1;
    }
  }
#endif
  for (; offset < count; offset++) {
    if (bytes[offset] != '\n') continue;
    look_at(bytes + start, offset - start, &lines);
    start = offset + 1;
  }
  if (start < count) look_at(bytes + start, count - start, &lines);
  return lines;
}
