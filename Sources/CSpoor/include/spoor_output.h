// SPDX-License-Identifier: Apache-2.0

// Writing to a descriptor that may be shared with other processes, without waiting and without changing its flags.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Writes as much as fits without waiting. It uses the kernel's RWF_NOWAIT, which leaves the flags of the open file
// alone. Returns the number of bytes written, or minus an errno: EAGAIN if there is no room, EOPNOTSUPP if this kind of
// file does not support it.
ssize_t spoor_write_at_once(int descriptor, const void *bytes, size_t count);

// Opens the same file again for this process alone, with its own O_NONBLOCK flag. It works for FIFOs, pipes and
// terminals, where /proc is mounted. Returns a descriptor of 3 or more, or minus an errno.
int spoor_open_again(int descriptor);

// Opens a placeholder for each of the descriptors 0, 1 and 2 that is closed, so that no file or socket gets its number
// later. Otherwise output meant for standard output would end up in that file. Reading from or writing to a placeholder
// fails with EBADF, as for a closed descriptor.
void spoor_fill_standard_descriptors(void);

// Moves a descriptor below 3 to a number from 3 on and returns the new number; any other descriptor, and -1, is
// returned unchanged. The numbers 0, 1 and 2 belong to the standard streams. A moved descriptor is closed on exec.
int spoor_descriptor_above_standard(int descriptor);
