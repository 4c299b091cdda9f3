#define _GNU_SOURCE
#include "spoor_symbols.h"
#include <dlfcn.h>
#include <string.h>
#include "swift_runtime.h"

bool spoor_symbol_find(uint64_t address, const char **name, uint64_t *start) {
  Dl_info info;
  if (!dladdr((void *)(uintptr_t)address, &info) || !info.dli_sname) return false;
  *name = info.dli_sname;
  *start = (uint64_t)(uintptr_t)info.dli_saddr;
  return true;
}

char *spoor_symbol_demangle(const char *mangled) { return swift_demangle(mangled, strlen(mangled), 0, 0, 0); }
