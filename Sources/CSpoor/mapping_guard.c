#define _GNU_SOURCE
#include "mapping_guard.h"
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>
#include "spoor_atomics.h"

static uint64_t guard_start, guard_length, guard_lost;

void mapping_guard_set(void *start, uint64_t length, uint32_t *lost) {
  spoor_store64_release(&guard_length, 0);  // the handler sees no mixture of two mappings
  spoor_store64_release(&guard_start, (uint64_t)(uintptr_t)start);
  spoor_store64_release(&guard_lost, (uint64_t)(uintptr_t)lost);
  spoor_store64_release(&guard_length, length);
}

bool mapping_guard_is_set(void) { return spoor_load64_acquire(&guard_length) != 0; }

bool mapping_guard_repair(void *address) {
  uint64_t length = spoor_load64_acquire(&guard_length), start = spoor_load64_acquire(&guard_start);
  uint64_t at = (uint64_t)(uintptr_t)address;
  if (at < start || at - start >= length) return false;
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), aligned = at / page * page;
  void *memory = mmap((void *)(uintptr_t)aligned, page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (memory == MAP_FAILED) return false;
  uint32_t *lost = (uint32_t *)(uintptr_t)spoor_load64_acquire(&guard_lost);
  if (lost) spoor_add32(lost, 1);
  return true;
}
