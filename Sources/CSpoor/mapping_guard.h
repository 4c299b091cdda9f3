// A mapping whose lost pages are replaced instead of killing the process. Private to this target.
#pragma once
#include <stdbool.h>
#include <stdint.h>

void mapping_guard_set(void *start, uint64_t length, uint32_t *lost);
bool mapping_guard_is_set(void);

// In the handler of SIGBUS: false if the address is not in the guarded mapping.
bool mapping_guard_repair(void *address);
