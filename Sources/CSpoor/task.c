// SPDX-License-Identifier: Apache-2.0

#include "spoor_task.h"
#include "spoor_atomics.h"
#include "spoor_thread.h"
#include "swift_runtime.h"

static uint64_t context_key;
static uint64_t empty_context;

uint64_t spoor_current_task(void) {
  if (!SPOOR_HAS(swift_task_getCurrent) || !SPOOR_HAS(swift_task_getJobTaskId)) return 0;
  void *task = swift_task_getCurrent();
  return task ? swift_task_getJobTaskId(task) : 0;
}

uint64_t spoor_current_owner(void) {
  uint64_t task = spoor_current_task();
  return task ? task : spoor_thread_serial() | (1ull << 63);
}

void spoor_context_set_key(const void *key, uint64_t empty_word) {
  // Without the function there is no key, so that the lookup, which runs at every throw, need not check for it.
  if (!SPOOR_HAS(swift_task_localValueGet)) return;
  spoor_store64_relaxed(&empty_context, empty_word);
  spoor_store64_release(&context_key, (uint64_t)(uintptr_t)key);
}

// The runtime is not instrumented, so a sanitizer does not know how it orders accesses to this value.
__attribute__((no_sanitize("thread", "address"))) uint64_t spoor_context_word(void) {
  uint64_t key = spoor_load64_acquire(&context_key);
  if (key == 0) return 0;
  const uint64_t *value = swift_task_localValueGet((const void *)(uintptr_t)key);
  if (!value || *value == spoor_load64_relaxed(&empty_context)) return 0;
  return *value;
}
