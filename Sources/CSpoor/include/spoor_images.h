// The programs and libraries in memory, without which addresses of this process mean nothing to another.
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

// Writes at most `capacity` images, the program itself first, and returns how many there are. Not for signal handlers.
// Only Linux (glibc, and untested musl) has them; elsewhere there are none.
uint32_t spoor_images_capture(spoor_image *out, uint32_t capacity);
