// SPDX-License-Identifier: Apache-2.0

// Protects a process from its own journal file: from truncation, a full disk and forks.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Watches a mapping of a file; at most 128 are watched at a time. A SIGBUS inside it (the file was truncated, the disk
// is full) puts an anonymous page there and continues; other signals go to the previous handler. In a forked child the
// mapping becomes anonymous and the descriptor is closed, because the file belongs to the parent. Returns a number for
// the calls below, or -1.
int spoor_mapping_watch(void *base, size_t bytes, int descriptor);
void spoor_mapping_unwatch(int number);

// Replaces the page if the address is in a watched mapping, and returns whether it was. Other handlers that get the
// signal first call this. Async-signal-safe.
bool spoor_mapping_repair(void *address);

// The number of pages that were replaced since the mapping is watched.
uint32_t spoor_mapping_lost_pages(int number);

// The number of forks since the first process that called this function: 0 there. A child's number differs from its
// parent's.
uint32_t spoor_fork_count(void);

// Whether an open file or directory is on a network file system, as far as the kernel reports it.
bool spoor_is_network_file_system(int descriptor);
