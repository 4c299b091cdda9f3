// What belongs to one thread, and waiting with a time limit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// A small number of the calling thread, counted up from 0 as threads first ask: for sharding.
uint32_t spoor_thread_number(void);

// How many threads have asked.
uint32_t spoor_thread_count(void);

// The kernel's id of the calling thread, read once.
uint32_t spoor_thread_id(void);

// Sleeps while *word == value, at most so many nanoseconds; returns early at spoor_wake or for no reason at all.
void spoor_wait(uint32_t *word, uint32_t value, uint64_t nanoseconds);
void spoor_wake(uint32_t *word);

// Starts a detached-signals thread (all signals blocked, so that the service's own threads get them) that runs body(context).
// Returns 0, or the errno of pthread_create. It is detached: nobody joins it.
int spoor_thread_start(const char *name, void (*body)(void *), void *context);
