#pragma once
#include <stddef.h>

// The offset of the first `needle` in `bytes`, or -1. The C library's memmem, which its Swift module leaves out.
long spoor_find(const void *bytes, size_t count, const void *needle, size_t needle_count);

// The offset of the last `byte` in `bytes`, or -1.
long spoor_find_last(const void *bytes, size_t count, unsigned char byte);
