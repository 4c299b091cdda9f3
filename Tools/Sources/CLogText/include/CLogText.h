// SPDX-License-Identifier: Apache-2.0

#pragma once
// C interfaces for searching logs: JSON by simdjson, regular expressions by RE2, and search functions of the C library
// that Swift does not import.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A strict JSON parser (RFC 8259, valid UTF-8) with its own memory, for one thread at a time.
typedef struct spoor_json spoor_json;
spoor_json *spoor_json_make(void);
void spoor_json_free(spoor_json *parser);

// The number of readable bytes that must follow a text.
enum { SPOOR_JSON_PADDING = 64 };

// Parses exactly one value, followed by SPOOR_JSON_PADDING readable bytes. If it returns true, `tape` and `strings` are
// simdjson's (see its doc/tape.md), valid until the next call.
bool spoor_json_parse(spoor_json *parser, const uint8_t *bytes, size_t count, const uint64_t **tape,
                      const uint8_t **strings);

// A regular expression in RE2's syntax, matched in time that is linear in the text.
typedef struct spoor_regex spoor_regex;
// Returns NULL for an invalid expression; `error` then has the reason.
spoor_regex *spoor_regex_make(const char *pattern, size_t count, bool ignores_case, char *error, size_t room);
void spoor_regex_free(spoor_regex *regex);
// Whether it matches some part of the text.
bool spoor_regex_matches(const spoor_regex *regex, const uint8_t *bytes, size_t count);

// The offset of the first `needle` in `bytes`, or -1.
long spoor_find(const void *bytes, size_t count, const void *needle, size_t needle_count);
// The offset of the first `needle`, ignoring the case of ASCII letters, or -1; `needle` must be in lower case.
long spoor_find_ignoring_case(const uint8_t *bytes, size_t count, const uint8_t *needle, size_t needle_count);
// The offset of the last `byte` in `bytes`, or -1.
long spoor_find_last(const void *bytes, size_t count, unsigned char byte);

// Counts the lines of a text of whole lines, and those that do not begin with '{'. Returns the offset of the first of
// the latter, or -1.
long spoor_count_lines(const uint8_t *bytes, size_t count, uint64_t *lines, uint64_t *others);

#ifdef __cplusplus
}
#endif
