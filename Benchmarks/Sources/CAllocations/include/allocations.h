#pragma once
#include <stdint.h>

/// Calls of malloc, calloc, realloc, posix_memalign and aligned_alloc that the calling thread has made so far.
///
/// Linking this target replaces those functions in the whole program by ones that count and call glibc's.
uint64_t spoor_bench_allocations(void);
