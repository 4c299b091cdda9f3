// What protects a process from its own journal file: a file that somebody truncates, a disk that is full, a fork.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Watches a mapping of a file, at most 8 at a time. A SIGBUS inside it (the file was truncated, the disk is full) puts an
// anonymous page there and goes on; others go to whoever was there before. In a forked child the mapping becomes
// anonymous and the descriptor is closed: the file belongs to the parent. Returns a number for the calls below, or -1.
int spoor_mapping_watch(void *base, size_t bytes, int descriptor);
void spoor_mapping_unwatch(int number);

// What the handler does: whether the address lies in a watched mapping, and its page has been replaced. For the handlers of
// others, who get the signal first. Async-signal-safe.
bool spoor_mapping_repair(void *address);

// How many pages were replaced since it is watched.
uint32_t spoor_mapping_lost_pages(int number);

// How often this process was forked from another one that had already asked: 0 in the first. A child's answer differs
// from its parent's.
uint32_t spoor_fork_count(void);

// Whether an open file or directory lies on a network file system, as far as the kernel tells.
bool spoor_is_network_file_system(int descriptor);
