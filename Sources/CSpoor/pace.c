// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_pace.h"
#include <stdbool.h>
#include <time.h>
#include "spoor_atomics.h"

static _Thread_local bool is_paced;
static _Thread_local uint64_t rested_at;  // processor time
static uint32_t waiters;

void spoor_pace_begin(void) { is_paced = true; }

void spoor_pace(uint64_t now) {
  if (!is_paced || now - rested_at < SPOOR_PACE_WORK_NS) return;
  rested_at = now;
  if (spoor_load32_relaxed(&waiters) != 0) return;
  struct timespec rest = {0, SPOOR_PACE_REST_NS};
  nanosleep(&rest, 0);
}

void spoor_pace_wait_begin(void) {
  if (!is_paced) __atomic_fetch_add(&waiters, 1, __ATOMIC_RELAXED);
}

void spoor_pace_wait_end(void) {
  if (!is_paced) __atomic_fetch_sub(&waiters, 1, __ATOMIC_RELAXED);
}
