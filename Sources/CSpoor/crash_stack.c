// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "crash_stack.h"
#include "spoor_atomics.h"
#include "spoor_task.h"
#include "stack_walk.h"

#if defined(__linux__)
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <execinfo.h>
#endif

static uint32_t can_read_memory;

bool spoor_crash_can_read_memory(void) { return spoor_load32_relaxed(&can_read_memory) != 0; }

static bool read_by_kernel(uint64_t address, void *into, size_t bytes) {
  struct iovec local = {into, bytes}, remote = {(void *)(uintptr_t)address, bytes};
  // The last argument lies on the stack, where an int would leave half of it undefined.
  return syscall(SYS_process_vm_readv, (long)getpid(), &local, 1L, &remote, 1L, 0L) == (long)bytes;
}

void crash_stack_prepare(void) {
  uint64_t probe = 0x5350, copy = 0;
  spoor_store32_relaxed(&can_read_memory, read_by_kernel((uint64_t)(uintptr_t)&probe, &copy, 8) && copy == probe);
#if defined(__GLIBC__)
  void *frames[2];
  backtrace(frames, 2);
#endif
}

struct reader {
  uint64_t low, high;  // the range that may be read directly
};

static SPOOR_READS_STACKS bool read_words(const struct reader *reader, uint64_t address, uint64_t *out, int count) {
  if (address & 7) return false;
  if (spoor_crash_can_read_memory()) return read_by_kernel(address, out, (size_t)count * 8);
  if (address < reader->low || address >= reader->high || reader->high - address < (uint64_t)count * 8) return false;
  for (int i = 0; i < count; i++) out[i] = ((const uint64_t *)(uintptr_t)address)[i];
  return true;
}

static void add(spoor_crash_record *record, uint64_t address) {
  if (record->frame_count < SPOOR_CRASH_FRAMES) record->frames[record->frame_count++] = address;
}

static void walk_continuations(const struct reader *reader, uint64_t context, spoor_crash_record *record) {
  record->async_start = record->frame_count;
  while (record->frame_count < SPOOR_CRASH_FRAMES && spoor_stack_is_plausible(context)) {
    uint64_t words[2];
    if (!read_words(reader, context, words, 2)) return;
    uint64_t resume = spoor_stack_address(words[1]);
    if (resume == 0) return;
    add(record, resume);
    context = words[0];
  }
}

#if defined(__x86_64__)
// An async frame whose return address does not lie behind its record (find_displaced in stack_walk.c).
static void find_displaced(const struct reader *reader, uint64_t fp, uint64_t end, uint32_t first,
                           spoor_crash_record *record) {
  for (uint32_t count = first; count <= record->frame_count; count++) {
    uint64_t words[SPOOR_DISPLACED_WORDS + 2];  // from the context on
    if (!read_words(reader, fp - 8, words, 3)) return;
    uint64_t next = spoor_stack_address(words[1]);
    for (int i = 3; i <= SPOOR_DISPLACED_WORDS && (next <= fp || fp + 8u * (uint32_t)i < next); i += 2) {
      if (!read_words(reader, fp + 8u * (uint32_t)i, &words[i + 1], 1)) break;
      if (!spoor_stack_is_async_frame(0, spoor_stack_address(words[i + 1]))) continue;
      record->frame_count = count;
      walk_continuations(reader, words[0], record);
      return;
    }
    if (next <= fp || next >= end) return;
    fp = next;
  }
}
#endif

void crash_stack_walk(const struct crash_registers *registers, spoor_crash_record *record) {
  struct reader reader = {registers->sp, spoor_stack_known_end()};
  record->frame_count = 0;
  add(record, registers->pc);
  uint8_t instruction;
  if (spoor_crash_can_read_memory() && !read_by_kernel(registers->pc, &instruction, 1)) {
    // A call to an invalid address: the caller is on the stack or in the link register.
    uint64_t caller = registers->lr;
    if (caller || read_words(&reader, registers->sp, &caller, 1)) add(record, spoor_stack_address(caller));
  }
  uint64_t fp = registers->fp;
  // A register with another value is not a frame pointer: it points outside the stack or below it.
  uint64_t end = reader.high > registers->sp ? reader.high : registers->sp + (1ull << 30);
  uint32_t first = record->frame_count;
  while (record->frame_count < SPOOR_CRASH_FRAMES && fp >= registers->sp && fp < end) {
    uint64_t frame[3];  // context, saved frame pointer, return address
    if (!read_words(&reader, fp - 8, frame, 3)) break;
    uint64_t address = spoor_stack_address(frame[2]), next = spoor_stack_address(frame[1]);
    if (address == 0) break;
    if (spoor_stack_is_async_frame(frame[1], address)) {
      walk_continuations(&reader, frame[0], record);
      return;
    }
    add(record, address);
    if (next <= fp) break;
    fp = next;
  }
  record->async_start = record->frame_count;
#if defined(__x86_64__)
  if (registers->fp >= registers->sp && registers->fp < end && spoor_current_task()) {
    find_displaced(&reader, registers->fp, end, first, record);
  }
#endif
}

#if defined(__GLIBC__)
// The kernel's own timer, by system calls that are safe in a handler.
static bool start_watch(int *timer) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, timer) != 0) return false;
  struct itimerspec in_two_seconds = {.it_value = {.tv_sec = 2}};
  if (syscall(SYS_timer_settime, *timer, 0, &in_two_seconds, 0) == 0) return true;
  syscall(SYS_timer_delete, *timer);
  return false;
}

// The record of the async frame lies where the return address to the job runner does: nothing else on the stack has
// that value. The nearest is the innermost.
static void find_continuations(uint64_t sp, spoor_crash_record *record) {
  struct reader reader = {sp, spoor_stack_known_end()};
  enum { CHUNK = 64, CHUNKS = 256 };  // 128 KiB
  uint64_t words[CHUNK + 2];
  sp &= ~7ull;
  for (int chunk = 0; chunk < CHUNKS; chunk++, sp += CHUNK * 8) {
    if (!read_words(&reader, sp, words, CHUNK + 2)) return;
    for (int i = 2; i < CHUNK + 2; i++) {
      if (!spoor_stack_is_async_frame(words[i - 1], spoor_stack_address(words[i]))) continue;
      walk_continuations(&reader, words[i - 2], record);
      return;
    }
  }
}

void crash_stack_unwind(const struct crash_registers *registers, spoor_crash_record *record) {
  int timer;
  if (!start_watch(&timer)) return;
  void *found[SPOOR_CRASH_FRAMES + 8];
  int count = backtrace(found, SPOOR_CRASH_FRAMES + 8);
  syscall(SYS_timer_delete, (long)timer);

  int start = 0;  // the handler's own frames lie before the interrupted one
  while (start < count && (uint64_t)(uintptr_t)found[start] != record->pc) start++;
  if (count - start < 3) return;
  spoor_store32_release(&record->state, SPOOR_CRASH_SPAN);  // no reader may see half of it
  record->frame_count = 0;
  bool is_async = false;
  for (int i = start; i < count && !is_async; i++) {
    uint64_t address = spoor_stack_address((uint64_t)(uintptr_t)found[i]);
    is_async = spoor_stack_is_async_frame(0, address);
    if (!is_async) add(record, address);
  }
  record->async_start = record->frame_count;
  if (is_async) find_continuations(registers->sp, record);
  spoor_store32_release(&record->state, SPOOR_CRASH_COMPLETE);
}
#else  // musl has no unwinder of its own.
void crash_stack_unwind(const struct crash_registers *registers, spoor_crash_record *record) {
  (void)registers, (void)record;
}
#endif

#else  // Darwin: not implemented.
bool spoor_crash_can_read_memory(void) { return false; }
void crash_stack_prepare(void) {}
void crash_stack_walk(const struct crash_registers *registers, spoor_crash_record *record) {
  (void)registers, (void)record;
}
void crash_stack_unwind(const struct crash_registers *registers, spoor_crash_record *record) {
  (void)registers, (void)record;
}
#endif
