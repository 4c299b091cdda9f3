// SPDX-License-Identifier: Apache-2.0

#include "spoor_symbols.h"
#include <string.h>
#include "swift_runtime.h"

char *spoor_symbol_demangle(const char *mangled) {
  if (SPOOR_HAS(_swift_backtrace_demangle)) return _swift_backtrace_demangle(mangled, strlen(mangled), 0, 0);
  return SPOOR_HAS(swift_demangle) ? swift_demangle(mangled, strlen(mangled), 0, 0, 0) : NULL;
}

bool spoor_symbol_is_thunk(const char *mangled) {
  if (SPOOR_HAS(_swift_backtrace_isThunkFunction)) return _swift_backtrace_isThunkFunction(mangled);
  // Partial applications, witnesses of protocols, and changes of a function's form.
  size_t length = strlen(mangled);
  static const char *const ends[] = {"TA", "Ta", "TW", "TR", "Tr", "Tj", "Tq"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (length > 2 && memcmp(mangled + length - 2, ends[i], 2) == 0) return true;
  return false;
}
