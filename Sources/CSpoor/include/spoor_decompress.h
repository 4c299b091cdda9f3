// SPDX-License-Identifier: Apache-2.0

// Decompressors that are loaded when a file needs them; Spoor does not link these libraries. Each writes exactly `size`
// bytes. It returns false if the input is damaged, if its size differs, or if the library is not installed.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Zstandard, by libzstd.so.1.
bool spoor_decompress_zstd(const void *input, size_t count, void *output, size_t size);

// The `.xz` format, by liblzma.so.5. The size of the output is not known beforehand: up to `capacity` bytes are
// written, and `size` is set to their number. The decoder takes at most `memory` bytes.
bool spoor_decompress_xz(const void *input, size_t count, void *output, size_t capacity, size_t memory, size_t *size);
