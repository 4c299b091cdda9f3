// SPDX-License-Identifier: Apache-2.0

// Crash records: when the process traps, the signal, the stack, and the trace and span of the task that trapped are
// written into memory that outlives the process (the journal's mapping). Then the signal takes its usual course: to
// Swift's own backtracer or to a core dump.
//
// The handler takes SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE and SIGABRT. It allocates nothing, takes no lock, and
// reads foreign memory through the kernel, which cannot fault (if that is forbidden, it reads only the thread's own
// stack). The most important data is written first, so that it survives a second fault.
//
// A record only states that a signal arrived. It counts as a crash once the process is found dead.
// Linux x86_64 and arm64 (untested); on other platforms install returns ENOTSUP.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "spoor_context.h"
#include "spoor_images.h"

enum {
  SPOOR_CRASH_MAGIC = 0x48435053,  // "SPCH"
  SPOOR_CRASH_VERSION = 1,
  SPOOR_CRASH_FRAMES = 64,
  SPOOR_CRASH_IMAGES = 125,
  SPOOR_CRASH_AREA_BYTES = 64 << 10,
};

// The progress of a record, stored after the data that it covers.
enum {
  SPOOR_CRASH_NONE = 0,
  SPOOR_CRASH_BEGUN = 1,     // the signal and where it struck
  SPOOR_CRASH_SPAN = 2,      // and the task and its span
  SPOOR_CRASH_COMPLETE = 3,  // and the stack
};

// 1 KiB, little-endian on both architectures, with the same layout in the file: every change raises the version.
typedef struct spoor_crash_record {
  uint32_t magic;
  uint32_t version;
  uint32_t state;
  int32_t signal;
  int32_t code;            // si_code: above 0 the fault's kind, else somebody sent the signal
  uint32_t process;
  uint32_t thread;
  uint32_t span_state;     // SPOOR_SPAN_NONE, _EXACT or _INFERRED
  uint64_t time;           // nanoseconds since 1970
  uint64_t monotonic;      // nanoseconds
  uint64_t fault_address;
  uint64_t pc;
  uint64_t task;           // spoor_current_task()
  spoor_span_ref span;
  char thread_name[16];
  uint32_t frame_count;    // frames[0] is the pc
  uint32_t async_start;    // index of the first async continuation, frame_count if there is none
  uint64_t frames[SPOOR_CRASH_FRAMES];
  uint64_t handed_over;    // monotonic nanoseconds at the end of the handler; 0: it has not ended, or an older version
  uint64_t reserved[44];
} spoor_crash_record;

// The memory that the handler writes and the next start reads: 64 KiB. The images are listed when the handler is
// installed.
typedef struct spoor_crash_area {
  spoor_crash_record record;
  uint32_t image_count;
  uint32_t reserved[15];
  spoor_image images[SPOOR_CRASH_IMAGES];
  uint8_t padding[SPOOR_CRASH_AREA_BYTES - 1024 - 64 - SPOOR_CRASH_IMAGES * 512];
} spoor_crash_area;

// Clears the area and lists the images in it without installing a handler, so that the process's addresses can be
// resolved later.
void spoor_crash_prepare(spoor_crash_area *area);

// Clears the area, lists the images in it and installs the handler. The area must stay mapped until uninstall. Returns
// 0 or an errno. A second call moves to another area.
int spoor_crash_install(spoor_crash_area *area);

// Lists the images again after a library was opened.
void spoor_crash_refresh_images(void);

// Restores the previous actions of all signals whose handler is still this one, and releases the area.
void spoor_crash_uninstall(void);

// Whether the kernel lets the process read its own memory by address. If not, crashes in async code have no callers.
bool spoor_crash_can_read_memory(void);
