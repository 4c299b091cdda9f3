// SPDX-License-Identifier: Apache-2.0

// The entry points of Swift's runtime that Spoor's C calls. Private to this target.
//
// They are exported ABI of libswiftCore and libswift_Concurrency (Swift 6.0 and later). All are declared here and
// nowhere else, and all are weak: a runtime without one of them costs the feature that needs it, never a link error.
// A caller checks the address before it calls; `SPOOR_HAS` reads as that check. The two throw hooks are data with
// PROTECTED visibility, so code that uses them must be position independent, as SwiftPM's always is.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOR_WEAK __attribute__((weak))

// Whether the runtime has this symbol.
#define SPOOR_HAS(symbol) (&(symbol) != NULL)

typedef void (*swift_throw_handler)(void *error);
typedef void (*swift_typed_throw_handler)(void *value, const void *type, const void *conformance);

// Atomic in the runtime; read and written here with the compiler's builtins only.
extern swift_throw_handler _swift_willThrow SPOOR_WEAK;
extern swift_typed_throw_handler _swift_willThrowTypedImpl SPOOR_WEAK;

// Only their addresses are used, to distinguish the runtime's own frame from the one that throws.
extern void swift_willThrow(void) SPOOR_WEAK;
extern void swift_willThrowTypedImpl(void) SPOOR_WEAK;

struct swift_error_value {
  void *value;
  const void *type;
  const void *conformance;
};
extern void swift_getErrorValue(const void *error, void **scratch, struct swift_error_value *out) SPOOR_WEAK;

struct swift_error_box {
  void *object;
  void *value;
};
extern struct swift_error_box swift_allocError(const void *type, const void *conformance, void *value,
                                               _Bool is_take) __attribute__((swiftcall)) SPOOR_WEAK;
extern void swift_errorRelease(void *error) SPOOR_WEAK;

extern void *swift_unownedRetain(void *object) SPOOR_WEAK;
extern void swift_unownedRelease(void *object) SPOOR_WEAK;
extern size_t swift_retainCount(void *object) SPOOR_WEAK;

extern void *swift_task_getCurrent(void) __attribute__((swiftcall)) SPOOR_WEAK;
extern uint64_t swift_task_getJobTaskId(void *job) __attribute__((swiftcall)) SPOOR_WEAK;
extern const void *swift_task_localValueGet(const void *key) __attribute__((swiftcall)) SPOOR_WEAK;

extern char *swift_demangle(const char *mangled, size_t length, char *out, size_t *out_size,
                            uint32_t flags) SPOOR_WEAK;

// Whether the runtime has the symbols that capturing throws needs. If only the typed hook is missing, typed throws are
// not captured.
static inline bool swift_runtime_tells_throws(void) {
  return SPOOR_HAS(_swift_willThrow) && SPOOR_HAS(swift_getErrorValue) && SPOOR_HAS(swift_unownedRetain) &&
         SPOOR_HAS(swift_unownedRelease) && SPOOR_HAS(swift_retainCount);
}

// The demangler of the runtime's own backtraces (Swift 6.2 and later), which makes short names.
extern char *_swift_backtrace_demangle(const char *mangled, size_t length, char *out, size_t *out_size) SPOOR_WEAK;
extern _Bool _swift_backtrace_isThunkFunction(const char *mangled) SPOOR_WEAK;
