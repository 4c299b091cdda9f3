// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <stdint.h>

/// The number of calls of malloc, calloc, realloc, posix_memalign and aligned_alloc by the calling thread.
///
/// Linking this target replaces those functions in the whole program with ones that count and call glibc's.
uint64_t spoor_bench_allocations(void);
