// Which task runs here, and which context it carries.
#pragma once
#include <stdint.h>

// The id of the current task, unique in the process, or 0 outside one. 3 ns; may be called in a signal handler.
uint64_t spoor_current_task(void);

// Who runs here: the task's id, else the calling thread's number with bit 63 set. Never 0.
uint64_t spoor_current_owner(void);

// Makes a Swift object live for ever and no reference to it be counted: for one that all threads use and nobody frees, whose
// count would be a meeting place. Where Swift's runtime cannot do it, nothing changes.
void spoor_count_no_references(const void *object);

// Says where the current context lies: `key` is the address of the task-local's `TaskLocal` object, whose value must be
// one word (`Optional<ServiceContext>` is: nil is 0, else the address of its storage). `empty_word` is the word of the
// empty context, which counts as none; 0 if there is no such thing. A null key turns the lookup off.
// The caller has checked the layout: MemoryLayout<ServiceContext?>.size == 8, and a bound context's word comes back.
void spoor_context_set_key(const void *key, uint64_t empty_word);

// The word bound to the current task or thread, 0 for none (or for the empty context). 5 ns; safe in a signal handler
// (it walks the task's own list of values and touches no dictionary).
uint64_t spoor_context_word(void);
