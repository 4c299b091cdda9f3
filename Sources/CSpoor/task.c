#include "spoor_task.h"
#include "spoor_atomics.h"
#include "spoor_thread.h"
#include "swift_runtime.h"

static uint64_t context_key;
static uint64_t empty_context;

uint64_t spoor_current_task(void) {
  void *task = swift_task_getCurrent();
  return task ? swift_task_getJobTaskId(task) : 0;
}

uint64_t spoor_current_owner(void) {
  uint64_t task = spoor_current_task();
  return task ? task : (uint64_t)spoor_thread_number() | (1ull << 63);
}

void spoor_count_no_references(const void *object) {
  if (!_swift_stdlib_immortalize) return;
  // The runtime looks whether an object is immortal where adding or taking one from its count leaves the sign set, which
  // taking one from nothing does not.
  swift_retain((void *)(uintptr_t)object);
  _swift_stdlib_immortalize((void *)(uintptr_t)object);
}

void spoor_context_set_key(const void *key, uint64_t empty_word) {
  spoor_store64_relaxed(&empty_context, empty_word);
  spoor_store64_release(&context_key, (uint64_t)(uintptr_t)key);
}

// The runtime is not instrumented: what a sanitizer knows of the value's memory is not what the runtime's order is.
__attribute__((no_sanitize("thread", "address"))) uint64_t spoor_context_word(void) {
  uint64_t key = spoor_load64_acquire(&context_key);
  if (key == 0) return 0;
  const uint64_t *value = swift_task_localValueGet((const void *)(uintptr_t)key);
  if (!value || *value == spoor_load64_relaxed(&empty_context)) return 0;
  return *value;
}
