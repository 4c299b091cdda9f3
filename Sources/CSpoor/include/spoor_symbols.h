// SPDX-License-Identifier: Apache-2.0

// Demangles names with Swift's runtime. Allocates, so it must not be called in a signal handler.
#pragma once
#include <stdbool.h>

// The short form of a Swift or C++ name: `Client.charge(_:)`. The caller frees it. Null if the name is neither.
char *spoor_symbol_demangle(const char *mangled);

// Whether a function is a thunk: compiler-generated code that only forwards a call.
bool spoor_symbol_is_thunk(const char *mangled);
