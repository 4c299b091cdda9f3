// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "spoor_output.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

ssize_t spoor_write_at_once(int descriptor, const void *bytes, size_t count) {
#if defined(__linux__)
  struct iovec piece = {(void *)(uintptr_t)bytes, count};
  ssize_t written = pwritev2(descriptor, &piece, 1, -1, RWF_NOWAIT);  // -1: at the file's own position
  if (written >= 0) return written;
  return errno == ENOSYS || errno == EINVAL ? -EOPNOTSUPP : -errno;
#else
  (void)descriptor, (void)bytes, (void)count;
  return -EOPNOTSUPP;
#endif
}

int spoor_open_again(int descriptor) {
#if defined(__linux__)
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  int again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return again < 0 ? -errno : spoor_descriptor_above_standard(again);
#else
  (void)descriptor;
  return -EOPNOTSUPP;
#endif
}

void spoor_fill_standard_descriptors(void) {
#if defined(__linux__)
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    int placeholder = open("/dev/null", O_PATH);  // the lowest number that is free
    if (placeholder > 2) close(placeholder);      // another thread was quicker
  }
#endif
}

int spoor_descriptor_above_standard(int descriptor) {
  if (descriptor < 0 || descriptor > 2) return descriptor;
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  int code = errno;
  close(descriptor);
  errno = code;
  return copy;
}
