// Random numbers for ids: a generator per thread, seeded from the system, seeded anew in a child process.
//
// xoshiro256** (Blackman and Vigna, 2018, public domain): about 1.5 ns a number, where the system's generator costs 266.
// Ids need to be unique, not secret.
#pragma once
#include <stdint.h>

uint64_t spoor_random64(void);
