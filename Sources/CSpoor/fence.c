// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_atomics.h"
#include <unistd.h>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
static bool register_process(void) {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}
static void fence_all_threads(void) { syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0); }
#else
static bool register_process(void) { return false; }
static void fence_all_threads(void) {}
#endif

uint32_t spoor_fences_are_asymmetric;

void spoor_asymmetric_fence_prepare(void) {
  if (register_process()) spoor_store32_release(&spoor_fences_are_asymmetric, 1);
}

void spoor_asymmetric_fence_heavy(void) {
  // A thread may have passed a light fence before the fences became asymmetric. It is running now, so the kernel makes
  // it fence.
  if (spoor_load32_acquire(&spoor_fences_are_asymmetric)) fence_all_threads();
  spoor_full_fence();
}
