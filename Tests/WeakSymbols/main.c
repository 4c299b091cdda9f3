// SPDX-License-Identifier: Apache-2.0

// Spoor's C in a program without Swift's runtime: it links, and features that need the runtime are off instead of
// crashing.
#include <stdio.h>
#include "CSpoor.h"

static int failures;

static void expect(bool holds, const char *what) {
  printf("%s %s\n", holds ? "ok   " : "WRONG", what);
  if (!holds) failures++;
}

int main(void) {
  expect(!spoor_throws_install(SPOOR_CAPTURE_ALWAYS, 1), "the capture reports that it is off");
  spoor_throws_uninstall();

  spoor_throw found;
  spoor_throw_record record;
  expect(!spoor_throws_find(&found, &found), "nothing is known of an error");
  expect(!spoor_throws_record(&found, 7, SPOOR_SINK_LOG, &found, &record) && record.id == 7 && record.before == 0,
         "an error can be recorded");
  spoor_throws_catch(&found);
  const void *holder = &found;
  expect(spoor_error_unwrap(&found, &holder) == &found && holder == NULL, "an error is not unwrapped");

  expect(spoor_current_task() == 0 && spoor_current_owner() != 0, "there is no task");
  spoor_context_set_key(&found, 0);
  expect(spoor_context_word() == 0, "there is no context");
  expect(spoor_symbol_demangle("$sSi") == NULL, "names stay mangled");
  return failures == 0 ? 0 : 1;
}
