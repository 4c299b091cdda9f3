// SPDX-License-Identifier: Apache-2.0

#ifndef SPOOR_MEMORY_H
#define SPOOR_MEMORY_H

/// Makes all threads share two of the allocator's arenas. With one arena per thread, memory that a thread has freed
/// cannot be reused by the others. Only has an effect with glibc.
void spoor_share_memory(void);

/// Returns freed memory to the system. Only has an effect with glibc.
void spoor_return_memory(void);

#endif
