// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_signal_stack.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "spoor_thread.h"
#include "stack_walk.h"
#include "thread_local.h"

enum { STACK_BYTES = 64 << 10 };

static SPOOR_THREAD_LOCAL bool is_prepared;
static pthread_key_t stack_key;
static bool has_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static size_t guard_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

// Runs at the thread's end. Frees the stack, after removing it if it still is the thread's alternate stack.
static void remove_stack(void *memory) {
  stack_t current;
  if (sigaltstack(0, &current) != 0 || current.ss_sp != (char *)memory + guard_bytes()) return;
  stack_t none = {.ss_flags = SS_DISABLE};
  if (sigaltstack(&none, 0) == 0) munmap(memory, STACK_BYTES + guard_bytes());
}

static void make_key(void) { has_key = pthread_key_create(&stack_key, remove_stack) == 0; }

static void add_stack(void) {
  stack_t current;
  if (sigaltstack(0, &current) != 0 || !(current.ss_flags & SS_DISABLE)) return;  // a sanitizer's or Swift's
  pthread_once(&key_once, make_key);
  if (!has_key) return;
  size_t guard = guard_bytes();
  char *memory = mmap(0, STACK_BYTES + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  mprotect(memory, guard, PROT_NONE);
  stack_t own = {.ss_sp = memory + guard, .ss_size = STACK_BYTES};
  if (pthread_setspecific(stack_key, memory) != 0 || sigaltstack(&own, 0) != 0) {
    pthread_setspecific(stack_key, 0);
    munmap(memory, STACK_BYTES + guard);
  }
}

static __attribute__((noinline, cold)) void prepare(void) {
  is_prepared = true;
  spoor_thread_id();
  spoor_thread_number();
  spoor_stack_end();
  add_stack();
}

void spoor_thread_prepare(void) {
  if (!is_prepared) prepare();
}
