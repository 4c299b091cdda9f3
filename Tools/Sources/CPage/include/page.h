// SPDX-License-Identifier: Apache-2.0

// The files of the collector's page, embedded in the program. Data only.
#pragma once
#include <stddef.h>

struct spoor_page_file {
  const char *name;
  const unsigned char *bytes;
  size_t size;
};

int spoor_page_count(void);
// The file at an index below the count; they live as long as the program.
struct spoor_page_file spoor_page_file(int index);
