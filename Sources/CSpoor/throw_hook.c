// SPDX-License-Identifier: Apache-2.0

// The two functions that Swift's runtime calls at a throw, and the gates in front of the table.
#include "spoor_atomics.h"
#include "spoor_context.h"
#include "spoor_signal_stack.h"
#include "spoor_task.h"
#include "spoor_throws.h"
#include "cache_line.h"
#include "stack_walk.h"
#include "swift_runtime.h"
#include "throw_table.h"

static swift_throw_handler former_untyped;
static swift_typed_throw_handler former_typed;
static uint32_t is_chained_untyped, is_chained_typed;
static uint32_t install_lock;

static uint32_t capture_mode;
static uint32_t capture_rate;

// Throws per throwing place, for the rate: 1 024 counters found by the place's address. Two places that share one are
// sampled together; a lost update shifts a sample by one.
enum { SITES = 1024 };
static uint32_t site_throws[SITES];

static inline bool site_is_due(uint64_t site, uint32_t rate) {
  uint32_t *count = &site_throws[(site * 0x9E3779B97F4A7C15ull) >> 54];
  uint32_t before = spoor_load32_relaxed(count);
  spoor_store32_relaxed(count, before + 1);
  return before % rate == 0;
}

// Between an untyped throw and the hook is a frame of the runtime, which is skipped. A typed throw reaches the hook by
// a tail call, without such a frame. Both functions are a few dozen bytes long.
static inline SPOOR_READS_STACKS uint64_t throwing_frame(uint64_t fp, uint64_t runtime_function) {
  const uint64_t *record = (const uint64_t *)(uintptr_t)fp;
  return record[1] - runtime_function < 64 ? record[0] : fp;
}

// The first check, which every throw pays for: whether the throw is to be captured at all.
static inline bool is_of_interest(uint64_t context) {
  uint32_t mode = spoor_load32_relaxed(&capture_mode);
  return mode == SPOOR_CAPTURE_ALWAYS || (mode == SPOOR_CAPTURE_ACTIVE_SPAN && context != 0);
}

static inline bool is_due(uint64_t fp) {
  uint32_t rate = spoor_load32_relaxed(&capture_rate);
  return rate <= 1 || site_is_due(*(const uint64_t *)(uintptr_t)(fp + 8), rate);
}

// Whether some throws are not seen: those outside spans, or those that the rate skips.
static inline bool misses_some(void) {
  return spoor_load32_relaxed(&capture_mode) != SPOOR_CAPTURE_ALWAYS || spoor_load32_relaxed(&capture_rate) > 1;
}

// Out of line, so that a throw outside all spans reserves no stack space for them.
static __attribute__((noinline)) SPOOR_READS_STACKS void note_untyped(void *error, uint64_t fp, uint64_t context) {
  fp = throwing_frame(fp, (uint64_t)(uintptr_t)&swift_willThrow);
  if (!is_due(fp)) return;
  spoor_thread_prepare();
  throw_table_note_box(error, fp, context, misses_some());
}

static __attribute__((noinline)) SPOOR_READS_STACKS void note_typed(void *value, const void *type, uint64_t fp,
                                                                    uint64_t context) {
  fp = throwing_frame(fp, (uint64_t)(uintptr_t)&swift_willThrowTypedImpl);
  if (!is_due(fp)) return;
  spoor_thread_prepare();
  throw_table_note_value(value, type, fp, context, misses_some());
}

static SPOOR_LINE SPOOR_READS_STACKS void on_throw(void *error) {
  swift_throw_handler former = __atomic_load_n(&former_untyped, __ATOMIC_ACQUIRE);
  if (former) former(error);
  uint64_t context = spoor_context_word();
  if (is_of_interest(context)) note_untyped(error, (uint64_t)(uintptr_t)__builtin_frame_address(0), context);
}

// An earlier user may have set only the untyped hook. For a typed throw the runtime would then box the error and call
// it. Because Spoor occupies the typed hook, it must do the same.
static void call_former_typed(void *value, const void *type, const void *conformance) {
  swift_typed_throw_handler typed = __atomic_load_n(&former_typed, __ATOMIC_ACQUIRE);
  if (typed) return typed(value, type, conformance);
  swift_throw_handler untyped = __atomic_load_n(&former_untyped, __ATOMIC_ACQUIRE);
  if (!untyped || !SPOOR_HAS(swift_allocError) || !SPOOR_HAS(swift_errorRelease)) return;
  struct swift_error_box box = swift_allocError(type, conformance, value, false);
  untyped(box.object);
  swift_errorRelease(box.object);
}

static SPOOR_READS_STACKS void on_typed_throw(void *value, const void *type, const void *conformance) {
  call_former_typed(value, type, conformance);
  uint64_t context = spoor_context_word();
  if (is_of_interest(context)) note_typed(value, type, (uint64_t)(uintptr_t)__builtin_frame_address(0), context);
}

bool spoor_throws_install(uint32_t mode, uint32_t site_rate) {
  if (!swift_runtime_tells_throws()) return false;
  spoor_lock(&install_lock);
  throw_table_prepare();
  spoor_store32_relaxed(&capture_rate, site_rate);
  spoor_store32_relaxed(&capture_mode, mode);
  // The former handler is stored before Spoor's can be called, and stored again if it changes in between.
  if (!is_chained_untyped) {
    swift_throw_handler former = __atomic_load_n(&_swift_willThrow, __ATOMIC_ACQUIRE);
    do {
      __atomic_store_n(&former_untyped, former, __ATOMIC_RELEASE);
    } while (!__atomic_compare_exchange_n(&_swift_willThrow, &former, on_throw, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    is_chained_untyped = true;
  }
  if (!is_chained_typed && SPOOR_HAS(_swift_willThrowTypedImpl)) {
    swift_typed_throw_handler former = __atomic_load_n(&_swift_willThrowTypedImpl, __ATOMIC_ACQUIRE);
    do {
      __atomic_store_n(&former_typed, former, __ATOMIC_RELEASE);
    } while (!__atomic_compare_exchange_n(&_swift_willThrowTypedImpl, &former, on_typed_throw, false,
                                          __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    is_chained_typed = true;
  }
  spoor_unlock(&install_lock);
  return true;
}

void spoor_throws_uninstall(void) {
  spoor_lock(&install_lock);
  spoor_store32_relaxed(&capture_mode, SPOOR_CAPTURE_OFF);
  swift_throw_handler untyped = on_throw;
  if (is_chained_untyped && __atomic_compare_exchange_n(&_swift_willThrow, &untyped, former_untyped, false,
                                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    is_chained_untyped = false;
  }
  swift_typed_throw_handler typed = on_typed_throw;
  if (is_chained_typed && __atomic_compare_exchange_n(&_swift_willThrowTypedImpl, &typed, former_typed, false,
                                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    is_chained_typed = false;
  }
  spoor_unlock(&install_lock);
}
