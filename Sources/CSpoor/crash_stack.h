// SPDX-License-Identifier: Apache-2.0

// The stack at a crash, read without ever faulting. Private to this target.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "spoor_crash.h"

// The registers of the interrupted thread.
struct crash_registers {
  uint64_t pc, fp, sp, lr;  // lr: arm64's link register, 0 elsewhere
};

// Probes how memory can be read, and makes the unwinder load its libraries. Must not be called in a signal handler.
void crash_stack_prepare(void);

// Walks the stack by frame pointers.
void crash_stack_walk(const struct crash_registers *registers, spoor_crash_record *record);

// Walks the stack by unwind tables, for code without frame pointers (glibc's abort). Replaces the frames of the first
// walk, or keeps them if it fails. If it hangs, because the crash happened inside the dynamic linker, the process is
// killed after two seconds.
void crash_stack_unwind(const struct crash_registers *registers, spoor_crash_record *record);
