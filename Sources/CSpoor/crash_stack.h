// The stack at a crash, read without ever faulting. Private to this target.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "spoor_crash.h"

// The registers of the interrupted thread.
struct crash_registers {
  uint64_t pc, fp, sp, lr;  // lr: arm64's link register, 0 elsewhere
};

// Tries out what can be used, and loads what the unwinder loads at its first use. Not for handlers.
void crash_stack_prepare(void);

// By frame pointers.
void crash_stack_walk(const struct crash_registers *registers, spoor_crash_record *record);

// By unwind tables, for code without frame pointers (glibc's abort): replaces the walk's frames, or leaves them. Where it hangs, because the
// crash struck inside the dynamic linker, the process is killed after two seconds.
void crash_stack_unwind(const struct crash_registers *registers, spoor_crash_record *record);
