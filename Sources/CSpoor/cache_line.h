// Functions that begin a cache line. Private to this target.
#pragma once

// For the three functions of a captured throw: where the linker happened to put them made 5 of its 60 ns.
#define SPOOR_LINE __attribute__((aligned(64)))
