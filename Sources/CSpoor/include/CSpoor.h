// SPDX-License-Identifier: Apache-2.0

// What Swift cannot express: atomics over shared memory, a lock, clocks, the throw hook, the frame walk.
#pragma once
#include "spoor_atomics.h"
#include "spoor_context.h"
#include "spoor_crash.h"
#include "spoor_decompress.h"
#include "spoor_images.h"
#include "spoor_keys.h"
#include "spoor_mapping.h"
#include "spoor_output.h"
#include "spoor_pace.h"
#include "spoor_random.h"
#include "spoor_signal_stack.h"
#include "spoor_stack.h"
#include "spoor_symbols.h"
#include "spoor_task.h"
#include "spoor_thread.h"
#include "spoor_throws.h"
