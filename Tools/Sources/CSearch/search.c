#define _GNU_SOURCE
#include "CSearch.h"
#include <string.h>

long spoor_find(const void *bytes, size_t count, const void *needle, size_t needle_count) {
  const char *found = memmem(bytes, count, needle, needle_count);
  return found ? found - (const char *)bytes : -1;
}

long spoor_find_last(const void *bytes, size_t count, unsigned char byte) {
  const char *found = memrchr(bytes, byte, count);
  return found ? found - (const char *)bytes : -1;
}
