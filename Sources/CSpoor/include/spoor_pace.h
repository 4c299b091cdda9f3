// SPDX-License-Identifier: Apache-2.0

// Spreads background work over time, so that it does not take a small container's processor quota away from the
// service.
//
// A thread that has begun to pace itself rests for SPOOR_PACE_REST_NS after each SPOOR_PACE_WORK_NS of processor time.
// It does not rest while a thread that does not pace itself waits for what it holds.
#pragma once
#include <stdint.h>

enum { SPOOR_PACE_WORK_NS = 1000000, SPOOR_PACE_REST_NS = 3000000 };

// Makes the calling thread pace itself from now on.
void spoor_pace_begin(void);

// To be called again and again by work that can be long. `now` is the calling thread's processor time in nanoseconds.
// Other threads return at once.
void spoor_pace(uint64_t now);

// Around a wait for what a paced thread may hold. Paced threads need not call them, but may.
void spoor_pace_wait_begin(void);
void spoor_pace_wait_end(void);
