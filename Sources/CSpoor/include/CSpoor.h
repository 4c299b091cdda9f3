// What Swift cannot express: atomics over shared memory, a lock, clocks, the throw hook, the frame walk.
#pragma once
#include "spoor_atomics.h"
#include "spoor_random.h"
#include "spoor_thread.h"
