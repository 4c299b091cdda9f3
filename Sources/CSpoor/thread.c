#define _GNU_SOURCE
#include "spoor_thread.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "spoor_atomics.h"
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

static _Thread_local uint32_t number;  // + 1, 0 = not asked yet
static _Thread_local uint32_t identifier;
static uint32_t last_number;

uint32_t spoor_thread_number(void) {
  if (number == 0) number = spoor_add32(&last_number, 1) + 1;
  return number - 1;
}

uint32_t spoor_places_used(void) {
  uint32_t threads = spoor_load32_acquire(&last_number);
  return threads <= SPOOR_OWN_PLACES ? threads : SPOOR_PLACES;
}

static void forget_identifier(void) { identifier = 0; }

uint32_t spoor_thread_id(void) {
  if (identifier == 0) {
#if defined(__linux__)
    static uint32_t registered;
    if (spoor_cas32(&registered, 0, 1)) pthread_atfork(0, 0, forget_identifier);  // the child's thread has another id
    identifier = (uint32_t)syscall(SYS_gettid);
#else
    identifier = (uint32_t)spoor_thread_number() + 1;
#endif
  }
  return identifier;
}

void spoor_wait(uint32_t *word, uint32_t value, uint64_t nanoseconds) {
  struct timespec t = {(time_t)(nanoseconds / 1000000000ull), (long)(nanoseconds % 1000000000ull)};
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &t, 0, 0);
#else
  struct timespec step = {0, 1000000};  // Darwin: untested; polls.
  if (t.tv_sec == 0 && t.tv_nsec < step.tv_nsec) step = t;
  if (spoor_load32_acquire(word) == value) nanosleep(&step, 0);
#endif
}

void spoor_wake(uint32_t *word) {
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7FFFFFFF, 0, 0, 0);
#else
  (void)word;
#endif
}

struct start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
#if defined(__linux__)
  pthread_setname_np(pthread_self(), start.name);
#endif
  start.body(start.context);
  return 0;
}

int spoor_thread_start(const char *name, void (*body)(void *), void *context) {
  struct start *start = malloc(sizeof *start);
  if (!start) return 12;  // ENOMEM
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  start->name[sizeof start->name - 1] = 0;
  sigset_t all, old;
  sigfillset(&all);
  // Faults on the thread itself must still reach the handlers.
  sigdelset(&all, SIGSEGV), sigdelset(&all, SIGBUS), sigdelset(&all, SIGILL), sigdelset(&all, SIGFPE);
  sigdelset(&all, SIGABRT), sigdelset(&all, SIGTRAP);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_t created;
  int result = pthread_create(&created, 0, run, start);
  pthread_sigmask(SIG_SETMASK, &old, 0);
  if (result != 0) free(start);
  else pthread_detach(created);
  return result;
}
