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

// A set of keys in 64 bits, without false negatives. Two keys may share a bit, except for those with their own bit.
enum {
  // An object with one of the keys jsonPayload, record, fields, attributes, in which some writers keep the fields.
  SPOOR_KEYS_NESTED = 62,
  // An object with one of the keys log, stream, MESSAGE, resourceLogs, as carriers of records have them.
  SPOOR_KEYS_CARRIER = 63,
};
// The set with only this key.
uint64_t spoor_keys_of(const uint8_t *key, size_t count);
// The set of the keys of the object at an index of a tape.
uint64_t spoor_json_keys(const uint64_t *tape, const uint8_t *strings, size_t object);
// The index of the value of a key of the object at an index of a tape; 0 if the object lacks the key. The last one
// counts if the key occurs twice.
size_t spoor_json_member(const uint64_t *tape, const uint8_t *strings, size_t object, const uint8_t *key, size_t count);

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

// Whether the bytes include a control character other than the tabulator and the carriage return.
bool spoor_has_control(const uint8_t *bytes, size_t count);

// What the lines of a text are by their looks.
typedef struct {
  uint64_t count;
  // Lines that are not blank, do not begin with '{' and do not end with '}', so that they are no records.
  uint64_t unlikely;
  // The number, from 1, of the first of them; 0 if there is none.
  uint64_t first_unlikely;
  // Whether a line may belong together with others: one that begins a value over several lines, a part of a record as
  // Kubernetes splits them, one of Docker's, which may be a part as well, or a line with many records of OTLP.
  bool joins;
} spoor_lines;
// Looks at a text of whole lines.
spoor_lines spoor_look_at_lines(const uint8_t *bytes, size_t count);

#ifdef __cplusplus
}
#endif
