// SPDX-License-Identifier: Apache-2.0

#include "CLogText.h"
#include <cstring>
#include <new>
#include <re2/re2.h>
#include <simdjson.h>

struct spoor_json {
  simdjson::dom::parser parser;
};

static_assert(SPOOR_JSON_PADDING >= simdjson::SIMDJSON_PADDING, "the caller leaves room for simdjson's reads");

spoor_json *spoor_json_make(void) { return new (std::nothrow) spoor_json; }

void spoor_json_free(spoor_json *parser) { delete parser; }

bool spoor_json_parse(spoor_json *parser, const uint8_t *bytes, size_t count, const uint64_t **tape,
                      const uint8_t **strings) {
  simdjson::dom::element root;
  // false: the text is not copied, because the caller leaves the padding.
  if (parser->parser.parse(bytes, count, false).get(root) != simdjson::SUCCESS) return false;
  *tape = parser->parser.doc.tape.get();
  *strings = parser->parser.doc.string_buf.get();
  return true;
}

struct spoor_regex {
  re2::RE2 regex;
};

static re2::RE2::Options options(bool ignores_case) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignores_case);
  options.set_max_mem(8 << 20);
  return options;
}

spoor_regex *spoor_regex_make(const char *pattern, size_t count, bool ignores_case, char *error, size_t room) {
  auto *made = new (std::nothrow) spoor_regex{{re2::StringPiece(pattern, count), options(ignores_case)}};
  if (made && made->regex.ok()) return made;
  if (room > 0) {
    std::strncpy(error, made ? made->regex.error().c_str() : "out of memory", room - 1);
    error[room - 1] = 0;
  }
  delete made;
  return nullptr;
}

void spoor_regex_free(spoor_regex *regex) { delete regex; }

bool spoor_regex_matches(const spoor_regex *regex, const uint8_t *bytes, size_t count) {
  return re2::RE2::PartialMatch(re2::StringPiece(reinterpret_cast<const char *>(bytes), count), regex->regex);
}
