// The entry points of Swift's runtime that Spoor's C calls. Private to this target.
//
// They are exported ABI of libswiftCore and libswift_Concurrency (Swift 6.0 and later). All are declared here and
// nowhere else. The two throw hooks are data with PROTECTED visibility: code that uses them has to be position
// independent, which SwiftPM's always is.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef void (*swift_throw_handler)(void *error);
typedef void (*swift_typed_throw_handler)(void *value, const void *type, const void *conformance);

// Atomic in the runtime; read and written here with the compiler's builtins only.
extern swift_throw_handler _swift_willThrow;
extern swift_typed_throw_handler _swift_willThrowTypedImpl;

// Only their addresses are used: to tell the runtime's own frame from the one that throws.
extern void swift_willThrow(void);
extern void swift_willThrowTypedImpl(void);

struct swift_error_value {
  void *value;
  const void *type;
  const void *conformance;
};
extern void swift_getErrorValue(const void *error, void **scratch, struct swift_error_value *out);

struct swift_error_box {
  void *object;
  void *value;
};
extern struct swift_error_box swift_allocError(const void *type, const void *conformance, void *value,
                                               _Bool is_take) __attribute__((swiftcall));
extern void swift_errorRelease(void *error);

extern void *swift_retain(void *object);
extern void *swift_unownedRetain(void *object);
extern void swift_unownedRelease(void *object);
extern size_t swift_retainCount(void *object);

// For the standard library's own use. Where it is missing, references go on being counted.
extern void _swift_stdlib_immortalize(void *object) __attribute__((weak));

extern void *swift_task_getCurrent(void) __attribute__((swiftcall));
extern uint64_t swift_task_getJobTaskId(void *job) __attribute__((swiftcall));
extern const void *swift_task_localValueGet(const void *key) __attribute__((swiftcall));

extern char *swift_demangle(const char *mangled, size_t length, char *out, size_t *out_size, uint32_t flags);
