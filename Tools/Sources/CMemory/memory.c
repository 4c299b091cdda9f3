// SPDX-License-Identifier: Apache-2.0

#include "memory.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void spoor_share_memory(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
#endif
}

void spoor_return_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
