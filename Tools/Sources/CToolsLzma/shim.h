// SPDX-License-Identifier: Apache-2.0

#include <lzma.h>

// The initial value of a stream, which is a macro in the library.
static inline lzma_stream spoor_lzma_stream(void) {
  lzma_stream stream = LZMA_STREAM_INIT;
  return stream;
}

// LZMA_CONCATENATED, a macro with a cast.
static const uint32_t spoor_lzma_concatenated = LZMA_CONCATENATED;
