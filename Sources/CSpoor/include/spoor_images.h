// SPDX-License-Identifier: Apache-2.0

// The loaded programs and libraries, which another process needs to resolve this process's addresses.
#pragma once
#include <stdint.h>

enum { SPOOR_IMAGE_PATH_BYTES = 440, SPOOR_BUILD_ID_BYTES = 32 };

// 512 bytes, the same in the file of a crash.
typedef struct spoor_image {
  uint64_t base;        // added to the addresses in the file
  uint64_t code_start;  // the executable segment
  uint64_t code_end;
  uint64_t reserved;    // 0
  uint32_t build_id_length;
  uint32_t path_length;  // a longer path is cut at its front
  uint8_t build_id[SPOOR_BUILD_ID_BYTES];
  char path[SPOOR_IMAGE_PATH_BYTES];
} spoor_image;

// Writes at most `capacity` images, the program itself first, and returns their number. Not for signal handlers.
// Supported on Linux (glibc, and untested musl); other platforms list none.
uint32_t spoor_images_capture(spoor_image *out, uint32_t capacity);
