// SPDX-License-Identifier: Apache-2.0

// The current task and its context.
#pragma once
#include <stdint.h>

// The id of the current task, unique in the process, or 0 outside one. 3 ns; may be called in a signal handler.
uint64_t spoor_current_task(void);

// The current task's id; outside a task the calling thread's serial number with bit 63 set. Never 0.
uint64_t spoor_current_owner(void);

// Sets where the current context is stored: `key` is the address of the task-local's `TaskLocal` object, whose value
// must be one word (`Optional<ServiceContext>` is: nil is 0, else the address of its storage). `empty_word` is the word
// of the empty context, which counts as no context; 0 if there is no such word. A null key turns the lookup off. The
// caller has checked the layout: MemoryLayout<ServiceContext?>.size == 8, and a bound context's word comes back.
void spoor_context_set_key(const void *key, uint64_t empty_word);

// The word bound to the current task or thread, 0 for none (or for the empty context). 5 ns; safe in a signal handler
// (it walks the task's own list of values and touches no dictionary).
uint64_t spoor_context_word(void);
