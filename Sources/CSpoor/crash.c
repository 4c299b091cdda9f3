// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_crash.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "crash_stack.h"
#include "spoor_atomics.h"
#include "spoor_mapping.h"
#include "spoor_signal_stack.h"
#include "spoor_task.h"
#include "spoor_thread.h"

_Static_assert(sizeof(spoor_crash_record) == 1024, "the layout is the file's");
_Static_assert(sizeof(spoor_crash_area) == SPOOR_CRASH_AREA_BYTES, "the layout is the file's");

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static struct sigaction former[65];
static uint32_t is_installed[65];
static uint32_t install_lock;

static uint64_t current_area;     // address of a spoor_crash_area, 0 for none
static uint32_t recording_thread;  // the thread whose crash is recorded, or 0
static uint32_t is_recorded;      // threads that crash meanwhile wait for it

static struct crash_registers registers_of(const ucontext_t *context) {
#if defined(__x86_64__)
  const greg_t *r = context->uc_mcontext.gregs;
  return (struct crash_registers){(uint64_t)r[REG_RIP], (uint64_t)r[REG_RBP], (uint64_t)r[REG_RSP], 0};
#elif defined(__aarch64__)
  const mcontext_t *m = &context->uc_mcontext;
  return (struct crash_registers){m->pc, m->regs[29], m->sp, m->regs[30]};
#else
#error "The registers of this architecture are not known here."
#endif
}

// The context's word gives the exact span. If a key was set since, the newest open span of the task or thread is the
// likely one. If no context is bound, the record has no span.
static void note_span(spoor_crash_record *record) {
  record->task = spoor_current_task();
  record->span_state = spoor_context_current(&record->span);
  if (record->span_state == SPOOR_SPAN_UNKNOWN) {
    bool found = spoor_context_newest(record->task, record->thread, &record->span);
    record->span_state = found ? SPOOR_SPAN_INFERRED : SPOOR_SPAN_NONE;
  }
}

// Libraries of other compilers may keep no frame pointers, so the walk misses their caller. They are recognised by
// name; the first image is the program.
static bool is_in_system_code(uint64_t pc) {
  const spoor_crash_area *area = (const spoor_crash_area *)(uintptr_t)spoor_load64_acquire(&current_area);
  uint32_t count = spoor_load32_acquire(&area->image_count);
  for (uint32_t i = 1; i < count; i++) {
    const spoor_image *image = &area->images[i];
    if (pc < image->code_start || pc >= image->code_end) continue;
    uint32_t name = image->path_length;
    while (name > 0 && image->path[name - 1] != '/') name--;
    const char *text = image->path + name;
    uint32_t length = image->path_length - name;
    bool is_swifts = (length > 8 && spoor_compare(text, "libswift", 8)) ||
                     (length > 13 && spoor_compare(text, "libFoundation", 13)) ||
                     (length > 11 && spoor_compare(text, "libdispatch", 11));
    return !is_swifts;
  }
  return false;
}

static void write_record(spoor_crash_record *record, int signal, const siginfo_t *info, const ucontext_t *context) {
  struct crash_registers registers = registers_of(context);
  spoor_store32_release(&record->state, SPOOR_CRASH_NONE);
  record->handed_over = 0;
  record->signal = signal;
  record->code = info->si_code;
  record->process = (uint32_t)getpid();
  record->thread = (uint32_t)syscall(SYS_gettid);
  record->time = spoor_realtime_ns();
  record->monotonic = spoor_monotonic_ns();
  record->fault_address = (uint64_t)(uintptr_t)info->si_addr;
  record->pc = registers.pc;
  record->span_state = SPOOR_SPAN_NONE;
  prctl(PR_GET_NAME, record->thread_name);
  spoor_store32_release(&record->state, SPOOR_CRASH_BEGUN);
  note_span(record);
  spoor_store32_release(&record->state, SPOOR_CRASH_SPAN);
  crash_stack_walk(&registers, record);
  spoor_store32_release(&record->state, SPOOR_CRASH_COMPLETE);
  if (info->si_code <= 0 || record->frame_count < 3 || is_in_system_code(registers.pc)) {
    crash_stack_unwind(&registers, record);
  }
}

// The first crash is recorded, because handlers that react to it may crash again. The process survived an old record's
// signal, so that record is replaced.
static bool is_first(const spoor_crash_record *record, uint32_t thread) {
  const uint64_t long_ago = 10000000000ull;  // 10 s
  if (spoor_cas32(&recording_thread, 0, thread)) return true;
  if (!spoor_load32_acquire(&is_recorded) || spoor_monotonic_ns() - record->monotonic < long_ago) return false;
  spoor_store32_release(&is_recorded, 0);
  spoor_store32_release(&recording_thread, thread);
  return true;
}

static void record_crash(int signal, const siginfo_t *info, const ucontext_t *context) {
  spoor_crash_area *area = (spoor_crash_area *)(uintptr_t)spoor_load64_acquire(&current_area);
  if (!area) return;
  uint32_t thread = (uint32_t)syscall(SYS_gettid);
  if (is_first(&area->record, thread)) {
    write_record(&area->record, signal, info, context);
    // A process that shows a sign of life after this moment has survived the signal.
    spoor_store64_release(&area->record.handed_over, spoor_monotonic_ns());
    spoor_store32_release(&is_recorded, 1);
    spoor_wake(&is_recorded);
  } else if (spoor_load32_acquire(&recording_thread) != thread) {
    // Another thread is writing a record, and the end of this thread would end both.
    for (int i = 0; i < 20 && !spoor_load32_acquire(&is_recorded); i++) spoor_wait(&is_recorded, 0, 100000000);
  }
}

// Restores the previous handler, so that the fault happens again on return. A signal that would not recur by itself
// (one that was sent, a breakpoint) is sent again; it is delivered when the handler has returned.
static void hand_over(int signal, const siginfo_t *info) {
  sigaction(signal, &former[signal], 0);
  spoor_store32_release(&is_installed[signal], 0);
  if (info->si_code <= 0 || signal == SIGTRAP) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  int saved = errno;
  if (signal == SIGBUS && info->si_code > 0 && spoor_mapping_repair(info->si_addr)) {
    errno = saved;
    return;
  }
  record_crash(signal, info, context);
  hand_over(signal, info);
  errno = saved;
}

// The caller holds the lock.
static int install_signal(int signal) {
  if (spoor_load32_acquire(&is_installed[signal])) return 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  struct sigaction before;
  if (sigaction(signal, 0, &before) != 0) return errno;
  former[signal] = before;  // known before the handler can run
  if (sigaction(signal, &action, 0) != 0) return errno;
  spoor_store32_release(&is_installed[signal], 1);
  return 0;
}

static void list_images(spoor_crash_area *area) {
  uint32_t count = spoor_images_capture(area->images, SPOOR_CRASH_IMAGES);
  spoor_store32_release(&area->image_count, count < SPOOR_CRASH_IMAGES ? count : SPOOR_CRASH_IMAGES);
}

void spoor_crash_prepare(spoor_crash_area *area) {
  memset(area, 0, sizeof *area);  // also gives every page its memory now
  area->record.magic = SPOOR_CRASH_MAGIC;
  area->record.version = SPOOR_CRASH_VERSION;
  list_images(area);
}

int spoor_crash_install(spoor_crash_area *area) {
  spoor_thread_prepare();
  crash_stack_prepare();
  spoor_lock(&install_lock);
  spoor_crash_prepare(area);
  spoor_store64_release(&current_area, (uint64_t)(uintptr_t)area);
  spoor_store32_release(&is_recorded, 0);
  spoor_store32_release(&recording_thread, 0);
  int result = 0;
  for (int i = 0; i < SIGNALS && result == 0; i++) result = install_signal(signals[i]);
  spoor_unlock(&install_lock);
  return result;
}

void spoor_crash_refresh_images(void) {
  spoor_lock(&install_lock);
  spoor_crash_area *area = (spoor_crash_area *)(uintptr_t)spoor_load64_acquire(&current_area);
  if (area) list_images(area);
  spoor_unlock(&install_lock);
}

void spoor_crash_uninstall(void) {
  spoor_lock(&install_lock);
  spoor_store64_release(&current_area, 0);
  for (int i = 0; i < SIGNALS; i++) {
    struct sigaction now;
    int signal = signals[i];
    if (!spoor_load32_acquire(&is_installed[signal])) continue;
    // A handler that was installed later still calls this one, so it stays and only passes the signal on.
    if (sigaction(signal, 0, &now) != 0 || now.sa_sigaction != on_signal) continue;
    sigaction(signal, &former[signal], 0);
    spoor_store32_release(&is_installed[signal], 0);
  }
  spoor_unlock(&install_lock);
}

#else  // Darwin: not implemented.
void spoor_crash_prepare(spoor_crash_area *area) { (void)area; }
int spoor_crash_install(spoor_crash_area *area) { return (void)area, ENOTSUP; }
void spoor_crash_refresh_images(void) {}
void spoor_crash_uninstall(void) {}
#endif
