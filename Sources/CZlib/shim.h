// SPDX-License-Identifier: Apache-2.0

// The system's zlib, for gzip of request bodies. deflateInit2 is a macro, which Swift does not import.
#pragma once
#include <zlib.h>

static inline int czlib_deflate_init_gzip(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
