// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_images.h"
#include <string.h>

_Static_assert(sizeof(spoor_image) == 512, "the layout is the file's");

#if defined(__linux__)
#include <link.h>
#include <unistd.h>

struct collection {
  spoor_image *images;
  uint32_t capacity;
  uint32_t count;
};

static void set_path(spoor_image *image, const char *path, size_t length) {
  if (length > sizeof image->path) path += length - sizeof image->path, length = sizeof image->path;
  memcpy(image->path, path, length);
  image->path_length = (uint32_t)length;
}

// Notes are a list of {lengths, type, name, content}, each padded to 4 bytes, in memory that the loader has mapped.
static void read_build_id(spoor_image *image, const char *note, size_t bytes) {
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    memcpy(&header, note, sizeof header);
    size_t name = ((size_t)header.n_namesz + 3) & ~(size_t)3, content = ((size_t)header.n_descsz + 3) & ~(size_t)3;
    if (name > bytes - sizeof header || content > bytes - sizeof header - name) return;
    const char *text = note + sizeof header;
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && memcmp(text, "GNU", 4) == 0) {
      image->build_id_length = header.n_descsz < SPOOR_BUILD_ID_BYTES ? header.n_descsz : SPOOR_BUILD_ID_BYTES;
      memcpy(image->build_id, text + name, image->build_id_length);
      return;
    }
    note += sizeof header + name + content;
    bytes -= sizeof header + name + content;
  }
}

static int collect(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  struct collection *into = argument;
  uint32_t index = into->count++;
  if (index >= into->capacity) return 0;
  spoor_image *image = &into->images[index];
  memset(image, 0, sizeof *image);
  image->base = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uint64_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
    if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X)) {
      if (image->code_start == 0 || start < image->code_start) image->code_start = start;
      if (end > image->code_end) image->code_end = end;
    } else if (segment->p_type == PT_NOTE && image->build_id_length == 0) {
      read_build_id(image, (const char *)(uintptr_t)start, segment->p_memsz);
    }
  }
  if (info->dlpi_name && info->dlpi_name[0]) {
    set_path(image, info->dlpi_name, strlen(info->dlpi_name));
  } else if (index == 0) {  // the program itself has no name here
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length > 0) set_path(image, path, (size_t)length);
  }
  return 0;
}

uint32_t spoor_images_capture(spoor_image *out, uint32_t capacity) {
  struct collection into = {out, capacity, 0};
  dl_iterate_phdr(collect, &into);
  return into.count;
}
#else  // Darwin: not implemented.
uint32_t spoor_images_capture(spoor_image *out, uint32_t capacity) {
  (void)out, (void)capacity;
  return 0;
}
#endif
