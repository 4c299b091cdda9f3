// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_mapping.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "spoor_atomics.h"
#include "spoor_thread.h"

#define MAPPINGS 128

static struct {
  uint64_t base;  // 0 = free; written last
  uint64_t bytes;
  uint32_t lost;
  int descriptor;
} watched[MAPPINGS];
static uint32_t changing;
static uint32_t forks;
static struct sigaction previous;
static pthread_once_t installation = PTHREAD_ONCE_INIT;

// Async-signal-safe: reads the table, and maps a page.
bool spoor_mapping_repair(void *fault) {
  uint64_t address = (uint64_t)(uintptr_t)fault;
  for (int i = 0; i < MAPPINGS; i++) {
    uint64_t base = spoor_load64_acquire(&watched[i].base);
    if (base == 0 || address < base || address >= base + watched[i].bytes) continue;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    void *at = (void *)(uintptr_t)(address / page * page);
    void *got = mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (got == MAP_FAILED) break;
    spoor_add32(&watched[i].lost, 1);
    return true;  // The access is repeated and finds a page of zeros.
  }
  return false;
}

static void on_bus_error(int signal, siginfo_t *info, void *context) {
  // A signal that was sent (`kill -BUS`) has no address.
  bool is_sent = info->si_code <= 0;
  if (!is_sent && spoor_mapping_repair(info->si_addr)) return;
  if (previous.sa_flags & SA_SIGINFO && previous.sa_sigaction) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else if (!is_sent || previous.sa_handler == SIG_DFL) {
    sigaction(SIGBUS, &previous, 0);  // The repeated access ends the process as without this handler.
    if (is_sent) pthread_kill(pthread_self(), signal);  // Nothing is repeated: the signal itself is sent again.
  }
}

static void on_fork_in_child(void) {
  spoor_add32(&forks, 1);
  for (int i = 0; i < MAPPINGS; i++) {
    uint64_t base = spoor_load64_acquire(&watched[i].base);
    if (base == 0) continue;
    // The parent's pages are not inherited (MADV_DONTFORK), so zeros replace them at the same address.
    mmap((void *)(uintptr_t)base, watched[i].bytes, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    close(watched[i].descriptor);  // Without unlocking: the lock belongs to the open file, which the parent shares.
    watched[i].descriptor = -1;
  }
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGBUS, &action, &previous);
  pthread_atfork(0, 0, on_fork_in_child);
}

int spoor_mapping_watch(void *base, size_t bytes, int descriptor) {
  pthread_once(&installation, install);
#ifdef MADV_DONTFORK
  madvise(base, bytes, MADV_DONTFORK);
#endif
  int number = -1;
  spoor_lock(&changing);
  for (int i = 0; i < MAPPINGS && number < 0; i++) {
    if (watched[i].base != 0) continue;
    watched[i].bytes = bytes;
    watched[i].descriptor = descriptor;
    spoor_store32_release(&watched[i].lost, 0);
    spoor_store64_release(&watched[i].base, (uint64_t)(uintptr_t)base);
    number = i;
  }
  spoor_unlock(&changing);
  return number;
}

void spoor_mapping_unwatch(int number) {
  if (number >= 0 && number < MAPPINGS) spoor_store64_release(&watched[number].base, 0);
}

uint32_t spoor_mapping_lost_pages(int number) {
  return number >= 0 && number < MAPPINGS ? spoor_load32_acquire(&watched[number].lost) : 0;
}

uint32_t spoor_fork_count(void) { return spoor_load32_acquire(&forks); }

#if defined(__linux__)
#include <sys/vfs.h>
bool spoor_is_network_file_system(int descriptor) {
  struct statfs status;
  if (fstatfs(descriptor, &status) != 0) return false;
  switch ((uint32_t)status.f_type) {  // statfs(2)
    case 0x6969:      // NFS
    case 0x517B:      // SMB
    case 0xFF534D42:  // CIFS
    case 0xFE534D42:  // SMB2
    case 0x01021997:  // 9P
    case 0x5346414F:  // AFS
    case 0x00C36400:  // Ceph
      return true;
    default: return false;
  }
}
#else
bool spoor_is_network_file_system(int descriptor) { (void)descriptor; return false; }
#endif
