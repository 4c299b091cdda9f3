// SPDX-License-Identifier: Apache-2.0

#include "spoor_decompress.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

// zstd.h: on failure both return an error code, which is larger than any size.
typedef size_t (*zstd_decompress)(void *output, size_t capacity, const void *input, size_t count);
// lzma/container.h: lzma_stream_buffer_decode(); 0 is LZMA_OK.
typedef int (*xz_decode)(uint64_t *memory, uint32_t flags, const void *allocator, const uint8_t *input, size_t *position,
                         size_t count, uint8_t *output, size_t *done, size_t capacity);

static zstd_decompress zstd;
static xz_decode xz;

static void load(void) {
  // Never closed: a library is loaded at most once per process.
  void *library = dlopen("libzstd.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library) zstd = (zstd_decompress)dlsym(library, "ZSTD_decompress");
  library = dlopen("liblzma.so.5", RTLD_LAZY | RTLD_LOCAL);
  if (library) xz = (xz_decode)dlsym(library, "lzma_stream_buffer_decode");
}

static void load_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
}

bool spoor_decompress_zstd(const void *input, size_t count, void *output, size_t size) {
  load_once();
  return zstd && zstd(output, size, input, count) == size;
}

bool spoor_decompress_xz(const void *input, size_t count, void *output, size_t capacity, size_t memory, size_t *size) {
  load_once();
  if (!xz) return false;
  uint64_t limit = memory;
  size_t position = 0, done = 0;
  if (xz(&limit, 0, NULL, input, &position, count, output, &done, capacity) != 0) return false;
  *size = done;
  return true;
}
